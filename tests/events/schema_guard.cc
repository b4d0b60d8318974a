// The rules of the schema guard over the reflection schema.
#include "tests/events/schema_guard.h"

#include <flatbuffers/reflection_generated.h>

#include <cstring>

namespace subledger {
namespace {

using flatbuffers::Offset;
using flatbuffers::Vector;
using reflection::Enum;
using reflection::EnumVal;
using reflection::Field;
using reflection::Object;
using reflection::Schema;
using reflection::Type;

template <class Named>
const Named* find(const Vector<Offset<Named>>* items, std::string_view name) {
  for (const Named* item : *items) {
    if (item->name()->str() == name) return item;
  }
  return nullptr;
}

/// A type in words that do not depend on the order of a schema's tables: equal text, equal type.
std::string type_text(const Schema& schema, const Type& type) {
  using reflection::BaseType;
  std::string text = reflection::EnumNameBaseType(type.base_type());
  text += '/';
  text += reflection::EnumNameBaseType(type.element());
  text += '/';
  text += std::to_string(type.fixed_length());
  if (type.index() < 0) return text;
  const auto index = static_cast<flatbuffers::uoffset_t>(type.index());
  const bool object = type.base_type() == BaseType::Obj || type.element() == BaseType::Obj;
  text += '/';
  text += object ? schema.objects()->Get(index)->name()->str() : schema.enums()->Get(index)->name()->str();
  return text;
}

/// Reals have no equality that warnings allow; their bits do.
bool same_default(const Field& a, const Field& b) {
  const auto a_real = a.default_real();
  const auto b_real = b.default_real();
  return a.default_integer() == b.default_integer() && std::memcmp(&a_real, &b_real, sizeof a_real) == 0;
}

class Guard {
 public:
  Guard(const Schema& released, const Schema& current) : released_(released), current_(current) {}

  std::vector<std::string> compare() && {
    if (released_.file_ident()->str() != current_.file_ident()->str())
      find_fault("file identifier", "changed");
    if (root_name(released_) != root_name(current_)) find_fault("root type", "changed");
    for (const Object* object : *released_.objects()) compare_object(*object);
    for (const Enum* values : *released_.enums()) compare_enum(*values);
    return std::move(found_);
  }

 private:
  static std::string root_name(const Schema& schema) {
    return schema.root_table() == nullptr ? std::string() : schema.root_table()->name()->str();
  }

  void find_fault(const std::string& where, std::string_view what) {
    found_.push_back(where + ": " + std::string(what));
  }

  void compare_object(const Object& old) {
    const std::string name = old.name()->str();
    const Object* now = find(current_.objects(), name);
    if (now == nullptr) return find_fault(name, "removed");
    if (old.is_struct() != now->is_struct()) return find_fault(name, "a struct is not a table");
    if (old.is_struct() && (old.bytesize() != now->bytesize() || old.minalign() != now->minalign() ||
                            old.fields()->size() != now->fields()->size())) {
      find_fault(name, "struct of another layout");
    }
    for (const Field* field : *old.fields()) compare_field(name, *field, *now);
    for (const Field* field : *now->fields()) {
      if (field->required() && find(old.fields(), field->name()->str()) == nullptr) {
        find_fault(name + '.' + field->name()->str(), "added as required: stored records lack it");
      }
    }
  }

  void compare_field(const std::string& object, const Field& old, const Object& current) {
    const std::string name = object + '.' + old.name()->str();
    const Field* now = find(current.fields(), old.name()->str());
    if (now == nullptr) return find_fault(name, "removed");
    if (old.id() != now->id() || old.offset() != now->offset()) find_fault(name, "id or place changed");
    if (type_text(released_, *old.type()) != type_text(current_, *now->type()))
      find_fault(name, "type changed");
    if (!same_default(old, *now)) find_fault(name, "default changed");
    if (old.optional() != now->optional()) find_fault(name, "optional changed");
    if (old.required() != now->required()) find_fault(name, "required changed");
    if (old.deprecated() != now->deprecated()) find_fault(name, "deprecated changed");
  }

  void compare_enum(const Enum& old) {
    const std::string name = old.name()->str();
    const Enum* now = find(current_.enums(), name);
    if (now == nullptr) return find_fault(name, "removed");
    if (old.is_union() != now->is_union()) return find_fault(name, "a union is not an enum");
    if (type_text(released_, *old.underlying_type()) != type_text(current_, *now->underlying_type())) {
      find_fault(name, "underlying type changed");
    }
    for (const EnumVal* value : *old.values()) compare_value(name, *value, *now);
  }

  void compare_value(const std::string& owner, const EnumVal& old, const Enum& current) {
    const std::string name = owner + '.' + old.name()->str();
    const EnumVal* now = find(current.values(), old.name()->str());
    if (now == nullptr) return find_fault(name, "removed");
    if (old.value() != now->value()) find_fault(name, "value changed");
    if (type_text(released_, *old.union_type()) != type_text(current_, *now->union_type())) {
      find_fault(name, "member type changed");
    }
  }

  const Schema& released_;
  const Schema& current_;
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> incompatible_changes(std::string_view released_bfbs, std::string_view current_bfbs) {
  return Guard(*reflection::GetSchema(released_bfbs.data()), *reflection::GetSchema(current_bfbs.data()))
      .compare();
}

}  // namespace subledger
