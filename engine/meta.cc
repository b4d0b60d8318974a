// The meta row and what is derived from it.
#include "engine/meta.h"

#include "projections/bytes.h"

namespace subledger {
namespace {

constexpr uint64_t format = 1;

/// Everything that equal states share, in one order.
void write_state(ByteWriter& out, const Meta& meta) {
  for (const uint64_t count :
       {meta.counts.records, meta.counts.accepted, meta.counts.duplicates, meta.counts.rejected}) {
    out.number(count);
  }
  for (const Int128 balance :
       {meta.postings.receivable, meta.postings.bonus, meta.postings.cash, meta.postings.promotions}) {
    out.wide(balance);
  }
  for (const Int128 balance : meta.postings.revenue) out.wide(balance);
  for (const uint64_t last : {meta.sequences.charges, meta.sequences.access, meta.sequences.rejects}) {
    out.number(last);
  }
  out.number(meta.catalogs);
  out.number(meta.rows.sum().high);
  out.number(meta.rows.sum().low);
}

}  // namespace

void append_meta(std::string& bytes, const Meta& meta) {
  ByteWriter out(bytes);
  out.number(format);
  out.signed_number(meta.position);
  out.signed_number(meta.recorded_at.micros);
  write_state(out, meta);
}

std::optional<Meta> parse_meta(std::string_view row) {
  ByteReader in(row);
  if (in.number() != format) return std::nullopt;
  Meta meta;
  meta.position = in.signed_number();
  meta.recorded_at.micros = in.signed_number();
  for (uint64_t* count :
       {&meta.counts.records, &meta.counts.accepted, &meta.counts.duplicates, &meta.counts.rejected}) {
    *count = in.number();
  }
  for (Int128* balance :
       {&meta.postings.receivable, &meta.postings.bonus, &meta.postings.cash, &meta.postings.promotions}) {
    *balance = in.wide();
  }
  for (Int128& balance : meta.postings.revenue) balance = in.wide();
  for (uint64_t* last : {&meta.sequences.charges, &meta.sequences.access, &meta.sequences.rejects}) {
    *last = in.number();
  }
  meta.catalogs = static_cast<uint32_t>(in.number_up_to(UINT32_MAX));
  const uint64_t high = in.number();
  meta.rows = SetHash({high, in.number()});
  return in.finished() ? std::optional(meta) : std::nullopt;
}

RowHash digest_of(const Meta& meta) {
  std::string state;
  ByteWriter out(state);
  write_state(out, meta);
  return hash_row("digest", state);
}

std::string commit_note(const Meta& meta) {
  return "1 " + format_hash(digest_of(meta)) + ' ' + std::to_string(meta.sequences.charges) + ' ' +
         std::to_string(meta.sequences.access) + ' ' + std::to_string(meta.sequences.rejects);
}

}  // namespace subledger
