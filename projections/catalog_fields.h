// Internal to the catalog reader: walks a JSON document with a JSON Pointer in hand and keeps the first
// error.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "events/json_value.h"
#include "events/money.h"
#include "events/time.h"
#include "projections/catalog_reader.h"

namespace subledger {

/// The place in the document, and what went wrong first. After an error all reads give defaults.
class FieldWalk {
 public:
  struct Field {
    std::string_view name;
    bool required = false;
    std::function<void(const JsonValue&)> read;
  };

  bool failed() const { return error_.has_value(); }
  const std::optional<CatalogError>& error() const { return error_; }
  void fail(std::string message);
  /// Fails at a member or index below the present place.
  void fail_below(std::string_view name, std::string message);

  /// Reads an object's members in their order; an unknown member or a missing required one is an error.
  void object(const JsonValue& value, std::initializer_list<Field> fields);
  /// Calls `read` for each member with the place moved to it; at most `max` members.
  void members(const JsonValue& value, std::size_t max,
               const std::function<void(std::string_view name, const JsonValue&)>& read);
  /// Calls `read` for each item with the place moved to it; `min` to `max` items.
  void items(const JsonValue& value, std::size_t min, std::size_t max,
             const std::function<void(const JsonValue&)>& read);

  std::string_view text(const JsonValue& value);
  /// 1 to 32 of a-z 0-9 - _
  std::string_view name(const JsonValue& value);
  bool is_name(std::string_view text);
  uint64_t integer(const JsonValue& value, uint64_t min, uint64_t max);
  /// A decimal string from 0 to 1000000 with at most 6 decimals.
  Money price(const JsonValue& value);
  Timestamp time(const JsonValue& value);

 private:
  void at(std::string_view name, const std::function<void()>& read);

  std::string pointer_;
  std::optional<CatalogError> error_;
};

}  // namespace subledger
