// A UUID as 16 bytes, most significant first (RFC 9562), and the name-based id of a charge.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace subledger {

struct Uuid {
  std::array<uint8_t, 16> bytes{};

  friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;
};

/// Reads 8-4-4-4-12 hexadecimal digits in either case. nullopt: another form.
std::optional<Uuid> parse_uuid(std::string_view text);

/// Appends the lower-case form.
void append_uuid(std::string& out, const Uuid& uuid);
std::string format_uuid(const Uuid& uuid);

/// UUIDv5, namespace URL (RFC 9562, section 5.5).
Uuid uuid_of_name(std::string_view name);

/// UUIDv5, namespace URL, of `subledger:charge:<subscriber>:<event id in lower case>` (domain 7).
Uuid charge_id_of(std::string_view subscriber, const Uuid& event_id);

}  // namespace subledger
