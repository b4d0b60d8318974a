// One switch over the kinds of records for each way.
#include "tests/events/forms.h"

#include <cstring>
#include <memory>

namespace subledger {
namespace {

// A catalog that is no JSON object has no JSON form; tests of damaged bytes meet such.
std::string text_of(const Event& event) {
  std::string out;
  if (!append_event_json(out, event)) out = "no JSON form";
  return out;
}

std::string text_of(const ChargeRecord& charge) {
  std::string out;
  append_charge_json(out, charge);
  return out;
}

std::string text_of(const AccessRecord& access) {
  std::string out;
  append_access_json(out, access);
  return out;
}

std::string text_of(const RejectRecord& reject) {
  std::string out;
  append_reject_json(out, reject);
  return out;
}

template <class T>
Decoded<std::string> as_text(const Decoded<T>& decoded) {
  if (!decoded) return tl::unexpected<Refusal>(decoded.error());
  return text_of(*decoded);
}

template <class T>
Decoded<std::string> as_text(const Decoded<FromJson<T>>& parsed) {
  if (!parsed) return tl::unexpected<Refusal>(parsed.error());
  return text_of(parsed->value);
}

template <class T>
Decoded<std::string> as_bytes(const Decoded<FromJson<T>>& parsed) {
  if (!parsed) return tl::unexpected<Refusal>(parsed.error());
  Encoder encoder;
  return std::string(encoder.encode(parsed->value));
}

}  // namespace

Decoded<std::string> json_of_bytes(Form form, std::string_view bytes, std::size_t shift) {
  const std::unique_ptr<char[]> block(new char[bytes.size() + shift]);
  if (!bytes.empty()) std::memcpy(block.get() + shift, bytes.data(), bytes.size());
  const std::string_view value(block.get() + shift, bytes.size());
  std::pmr::monotonic_buffer_resource scratch;
  switch (form) {
    case Form::event:
      return as_text(decode_event(value, true, scratch));
    case Form::charge:
      return as_text(decode_charge(value, scratch));
    case Form::access:
      return as_text(decode_access(value, scratch));
    case Form::reject:
      break;
  }
  return as_text(decode_reject(value, scratch));
}

Decoded<std::string> bytes_of_json(Form form, std::string_view line) {
  switch (form) {
    case Form::event:
      return as_bytes(parse_event_json(line));
    case Form::charge:
      return as_bytes(parse_charge_json(line));
    case Form::access:
      return as_bytes(parse_access_json(line));
    case Form::reject:
      break;
  }
  return as_bytes(parse_reject_json(line));
}

Decoded<std::string> json_of_json(Form form, std::string_view line) {
  switch (form) {
    case Form::event:
      return as_text(parse_event_json(line));
    case Form::charge:
      return as_text(parse_charge_json(line));
    case Form::access:
      return as_text(parse_access_json(line));
    case Form::reject:
      break;
  }
  return as_text(parse_reject_json(line));
}

}  // namespace subledger
