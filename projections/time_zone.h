// Local calendar of an instant in an IANA time zone: the offset from UTC, and the local day, month and
// hour. The zone data is compiled in (projections/tzdata), so that results are the same on any machine
// and `--version` can name the release.
//
// It does not read the machine's time zone files, the clock, the locale or TZ; it does not parse or
// print times; it does not turn local times into instants; and it knows nothing before 2000-01-01 UTC,
// the earliest event time: each zone keeps its offset of that instant for all time before.
//
// All instants are microseconds since 1970-01-01 UTC. Every int64_t is a valid one: a zone's daylight
// saving rule goes on for ever. Nothing here allocates, throws or locks.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace subledger {

namespace tzdata {
struct ZoneRow;
}

/// Name of the tzdata release in this build, e.g. "2025b".
std::string_view tzdata_release();

/// One zone of this build's tzdata. A handle to immutable data: cheap to copy, safe to share.
class TimeZone {
 public:
  /// Seconds east of UTC, and the half-open interval [from, until) of instants around the one asked for
  /// in which it stays so. The interval is as long as can be: its ends are changes of the offset. An end
  /// that int64_t cannot hold, or that does not exist, is the least or the greatest int64_t; the
  /// greatest one is itself an instant, and belongs to the last interval.
  struct Offset {
    int32_t seconds;
    int64_t from_micros;
    int64_t until_micros;
  };

  /// nullopt: not an IANA name of this build's tzdata (case-sensitive).
  static std::optional<TimeZone> find(std::string_view name);

  Offset offset_at(int64_t utc_micros) const;

  /// The canonical name: "Asia/Kolkata" for a zone found as "Asia/Calcutta". Which of its names is
  /// canonical may differ between releases; whoever records a choice records the name that was chosen.
  std::string_view name() const;

  /// Equal handles are the same canonical zone.
  friend bool operator==(const TimeZone&, const TimeZone&) = default;

 private:
  explicit TimeZone(const tzdata::ZoneRow& row) : row_(&row) {}

  const tzdata::ZoneRow* row_;
};

struct LocalTime {
  int32_t day;    ///< days since 1970-01-01 in the local calendar
  int32_t month;  ///< months since year 0: year * 12 + month - 1
  int32_t hour;   ///< 0..23

  friend bool operator==(const LocalTime&, const LocalTime&) = default;
};

LocalTime local_time(const TimeZone& zone, int64_t utc_micros);

/// local_time() for many instants, most of them near the one before: keeps the last offset and the last
/// local day, which makes a repeated conversion a matter of two comparisons and a division. The results
/// are those of local_time() in any order of instants. Not to be shared between threads.
class LocalCalendar {
 public:
  explicit LocalCalendar(TimeZone zone);

  LocalTime at(int64_t utc_micros) {
    if (utc_micros < from_micros_ || utc_micros >= until_micros_) return move_to(utc_micros);
    constexpr int64_t micros_per_hour = 3'600'000'000;
    return {day_, month_, static_cast<int32_t>((utc_micros - midnight_micros_) / micros_per_hour)};
  }

 private:
  LocalTime move_to(int64_t utc_micros);

  TimeZone zone_;
  TimeZone::Offset offset_;
  // The part of the last local day that has one offset, in UTC; empty if there is none to keep.
  int64_t from_micros_ = 0;
  int64_t until_micros_ = 0;
  // The UTC instant at which that day began, or would have with that offset.
  int64_t midnight_micros_ = 0;
  int32_t day_ = 0;
  int32_t month_ = 0;
};

}  // namespace subledger
