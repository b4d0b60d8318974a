// Builds event buffers field by field, by the schema's ids and without its generated code, so that any field
// can be absent, wrong or unknown. What it builds without changes is a well-formed traffic_used.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace subledger {

/// The place in the vtable of the field with that id.
constexpr flatbuffers::voffset_t slot(unsigned id) { return static_cast<flatbuffers::voffset_t>(4 + 2 * id); }

/// Event types by their number in the union.
namespace body_number {
inline constexpr uint8_t assistant_activated = 1;
inline constexpr uint8_t password_set = 3;
inline constexpr uint8_t login_attempted = 4;
inline constexpr uint8_t option_connected = 5;
inline constexpr uint8_t option_disconnected = 6;
inline constexpr uint8_t tariff_switched = 7;
inline constexpr uint8_t traffic_used = 8;
inline constexpr uint8_t service_used = 9;
inline constexpr uint8_t bonus_granted = 10;
inline constexpr uint8_t payment_received = 11;
inline constexpr uint8_t charge_reversed = 12;
inline constexpr uint8_t catalog_published = 14;
}  // namespace body_number

/// A table of scalars and strings, each under its id.
class RawTable {
 public:
  template <class Number>
  RawTable& number(unsigned id, Number value) {
    fields_.push_back([id, value](flatbuffers::FlatBufferBuilder& builder, flatbuffers::uoffset_t) {
      builder.AddElement<Number>(slot(id), value);
    });
    offsets_.push_back({});
    return *this;
  }

  RawTable& string(unsigned id, std::string text) {
    offsets_.push_back(
        [text](flatbuffers::FlatBufferBuilder& builder) { return builder.CreateString(text).o; });
    add_offset(id);
    return *this;
  }

  RawTable& bytes(unsigned id, std::string bytes) {
    offsets_.push_back([bytes](flatbuffers::FlatBufferBuilder& builder) {
      return builder.CreateVector(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()).o;
    });
    add_offset(id);
    return *this;
  }

  RawTable& uuid(unsigned id, uint8_t last_byte) {
    fields_.push_back([id, last_byte](flatbuffers::FlatBufferBuilder& builder, flatbuffers::uoffset_t) {
      std::array<uint8_t, 16> uuid{};
      uuid.back() = last_byte;
      builder.AddStruct(slot(id), &uuid);
    });
    offsets_.push_back({});
    return *this;
  }

  RawTable& source(unsigned id) {
    fields_.push_back([id](flatbuffers::FlatBufferBuilder& builder, flatbuffers::uoffset_t) {
      const std::array<int64_t, 2> source{1, 2};  // offset; partition and padding
      builder.AddStruct(slot(id), &source);
    });
    offsets_.push_back({});
    return *this;
  }

  flatbuffers::uoffset_t build(flatbuffers::FlatBufferBuilder& builder) const {
    std::vector<flatbuffers::uoffset_t> made;
    for (const auto& make : offsets_) made.push_back(make ? make(builder) : 0);
    const flatbuffers::uoffset_t start = builder.StartTable();
    for (std::size_t i = 0; i < fields_.size(); ++i) fields_[i](builder, made[i]);
    return builder.EndTable(start);
  }

 private:
  void add_offset(unsigned id) {
    fields_.push_back([id](flatbuffers::FlatBufferBuilder& builder, flatbuffers::uoffset_t offset) {
      builder.AddOffset(slot(id), flatbuffers::Offset<void>(offset));
    });
  }

  std::vector<std::function<flatbuffers::uoffset_t(flatbuffers::FlatBufferBuilder&)>> offsets_;
  std::vector<std::function<void(flatbuffers::FlatBufferBuilder&, flatbuffers::uoffset_t)>> fields_;
};

struct RawEvent {
  std::optional<uint16_t> schema_major = {};
  bool with_id = true;
  std::optional<std::string> subscriber = "79161234567";
  std::optional<int64_t> occurred_at = 1'414'923'300'000'000;
  std::optional<uint8_t> channel = 4;
  std::optional<uint8_t> body_type = body_number::traffic_used;
  std::optional<RawTable> body = RawTable().number<uint64_t>(0, 1).number<uint64_t>(1, 2);
  const char* identifier = "SLEV";

  std::string bytes() const {
    flatbuffers::FlatBufferBuilder builder;
    const flatbuffers::uoffset_t body_offset = body ? body->build(builder) : 0;
    const flatbuffers::uoffset_t text = subscriber ? builder.CreateString(*subscriber).o : 0;
    const flatbuffers::uoffset_t start = builder.StartTable();
    if (schema_major) builder.AddElement<uint16_t>(slot(0), *schema_major);
    const std::array<uint8_t, 16> id{1};
    if (with_id) builder.AddStruct(slot(1), &id);
    if (subscriber) builder.AddOffset(slot(2), flatbuffers::Offset<void>(text));
    if (occurred_at) builder.AddElement<int64_t>(slot(3), *occurred_at);
    if (channel) builder.AddElement<uint8_t>(slot(4), *channel);
    if (body_type) builder.AddElement<uint8_t>(slot(5), *body_type);
    if (body) builder.AddOffset(slot(6), flatbuffers::Offset<void>(body_offset));
    builder.Finish(flatbuffers::Offset<void>(builder.EndTable(start)), identifier);
    return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
  }
};

}  // namespace subledger
