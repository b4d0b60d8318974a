// The output records of a chunk, ready to be produced: the same chunk gives the same bytes each time it is
// sent.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ports.h"

namespace subledger {

inline constexpr std::string_view output_sequence_header = "output-sequence";

/// An output record as the fold gave it, before its CloudEvents headers (interfaces 1).
struct Output {
  Topic topic{};
  int32_t partition = 0;
  Timestamp recorded_at;                ///< of its event
  uint64_t sequence = 0;                ///< `output-sequence`
  std::optional<std::string_view> key;  ///< nullopt: null, as that of a rejected record
  std::string_view value;
  std::string_view id;       ///< ce_id
  std::string_view subject;  ///< ce_subject; empty: none
};

/// Appends copies to one buffer; grows to the largest chunk and stays.
class Outputs {
 public:
  void add(const Output& output);
  void clear();
  std::size_t size() const { return records_.size(); }
  std::size_t bytes() const { return buffer_.size(); }

  static constexpr std::size_t headers_max = 9;
  /// The record with its headers, which are written to `headers` and live as long as it and this object.
  NewRecord record(std::size_t index, std::array<Header, headers_max>& headers) const;
  /// The first record of each partition of each topic, in rising order.
  const std::vector<std::size_t>& firsts() const { return firsts_; }

 private:
  struct Part {
    std::size_t begin = 0;
    std::size_t size = 0;
  };
  struct Record {
    Topic topic{};
    int32_t partition = 0;
    Timestamp recorded_at;
    bool has_key = false;
    Part key, value, id, subject, time, sequence;
  };

  Part keep(std::string_view text);
  Part keep_time(Timestamp time);
  void note_first(const Output& output);
  std::string_view view(Part part) const { return std::string_view(buffer_).substr(part.begin, part.size); }

  std::string buffer_;
  std::vector<Record> records_;
  std::vector<std::size_t> firsts_;
  std::array<std::vector<bool>, topic_count> seen_;  // by topic and partition
};

}  // namespace subledger
