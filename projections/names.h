// Numbers for the names that catalogs bring (tariffs, options, services, rules), so that state holds small
// integers. A name's number is its order of first appearance in the partition's catalogs: the same log gives
// the same numbers.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace subledger {

struct NameId {
  uint32_t value = 0;

  friend constexpr auto operator<=>(NameId, NameId) = default;
};

/// Grows with what catalogs name, never with events. Looked up by name, never iterated: no hash order reaches
/// a result.
class NameTable {
 public:
  NameId intern(std::string_view name) {
    const auto found = ids_.find(name);
    if (found != ids_.end()) return found->second;
    const NameId id{static_cast<uint32_t>(names_.size())};
    ids_.emplace(names_.emplace_back(name), id);
    return id;
  }
  std::optional<NameId> find(std::string_view name) const {
    const auto found = ids_.find(name);
    return found == ids_.end() ? std::nullopt : std::optional(found->second);
  }
  /// The view lives as long as the table.
  std::string_view text(NameId id) const { return names_[id.value]; }
  std::size_t size() const { return names_.size(); }

 private:
  std::deque<std::string> names_;  // a deque, so that the views in ids_ stay valid
  std::unordered_map<std::string_view, NameId> ids_;
};

}  // namespace subledger
