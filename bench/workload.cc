// The workload's generator: splitmix64 and a few tables.
#include "bench/workload.h"

#include <cstring>

namespace subledger {
namespace {

constexpr int64_t first_event_micros = 1'414'800'000'000'000;  // 2014-11-01T00:00:00Z
constexpr int64_t micros_between_events = 20'000;
constexpr uint64_t first_msisdn = 79'160'000'000;
constexpr std::string_view verifier = "scrypt$16384$8$1$0101$abababababababababababababababab";

Uuid uuid_of(uint64_t high, uint64_t low) {
  Uuid uuid;
  std::memcpy(uuid.bytes.data(), &high, sizeof high);
  std::memcpy(uuid.bytes.data() + sizeof high, &low, sizeof low);
  return uuid;
}

}  // namespace

std::string workload_catalog() {
  return R"({"version":"2014-11","effective_from":"2014-01-01T00:00:00Z","currency":"RUB",)"
         R"("time_zone":"Europe/Moscow","default_tariff":"classic",)"
         R"("tariffs":{"classic":{"switch_fee":"100.00",)"
         R"("free_after_days":30,"traffic":[{"rule":"roaming","when":{"zone":"roaming"},"scope":"month",)"
         R"("tiers":[{"from":0,"price":"30.00","unit":40960,"increment":40960}]},)"
         R"({"rule":"night","when":{"hours":[0,8]},"scope":"session",)"
         R"("tiers":[{"from":0,"price":"3.45","unit":1048576,"increment":1024}]},)"
         R"({"rule":"day","scope":"session","max_charge":"500.00",)"
         R"("tiers":[{"from":0,"price":"8.45","unit":1048576,"increment":1024},)"
         R"({"from":104857600,"price":"4.00","unit":1048576,"increment":102400}]}]},)"
         R"("night":{"switch_fee":"20.00","traffic":[{"rule":"all","scope":"month",)"
         R"("tiers":[{"from":0,"price":"5.00","unit":1048576,"increment":1024}]}]}},)"
         R"("options":{"bit":{"connect_fee":"8.00","disconnect_fee":"0","excludes":["super"]},)"
         R"("super":{"connect_fee":"350.00","disconnect_fee":"0"}},)"
         R"("services":{"locator":{"rates":[{"rule":"each","tiers":)"
         R"([{"from":0,"price":"10.00","unit":1,"increment":1}]}]}}})";
}

Workload::Workload(const WorkloadOptions& options) : options_(options), state_(options.seed) {
  if (options.zipf > 0) popularity_.emplace(options.subscribers, options.zipf);
}

uint64_t Workload::random() {
  uint64_t z = (state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

uint32_t Workload::pick_subscriber() {
  if (!popularity_) return static_cast<uint32_t>(below(options_.subscribers));
  for (;;) {
    const auto rank = popularity_->trial(static_cast<double>(random() >> 11) / 9007199254740992.0);
    if (!rank) continue;
    // Popular subscribers are spread over the number range by a multiplication that is one-to-one, since its
    // factor is a prime.
    return static_cast<uint32_t>(uint64_t{*rank} * 2'654'435'761 % options_.subscribers);
  }
}

EventBody Workload::traffic(uint32_t subscriber) {
  TrafficUsed body;
  body.bytes_up = below(20'000) + 1;
  body.bytes_down = below(400'000);
  if (below(100) < 3) body.zone = "roaming";
  if (below(100) < 80) {
    session_ = 's' + std::to_string(subscriber % 97) + '-' + std::to_string(below(4));
    body.session = session_;
    if (below(20) == 0) body.final = true;
  }
  return body;
}

EventBody Workload::granted_or_paid() {
  const uint64_t kind = below(43);
  if (kind < 18) return PaymentReceived{Money{static_cast<int64_t>(below(500) + 1) * 1'000'000}, "receipt"};
  if (kind < 33) return BonusGranted{std::nullopt, below(1 << 20) + 1, std::nullopt, "gift"};
  const Money gift{static_cast<int64_t>(below(5) + 1) * 1'000'000};
  return BonusGranted{gift, std::nullopt, std::nullopt, "gift"};
}

Workload::Draft Workload::rare(uint32_t subscriber) {
  const uint64_t kind = below(100);
  const bool either = below(2) == 0;
  if (kind < 43) return {subscriber, granted_or_paid()};
  if (kind < 53) return {subscriber, OptionConnected{either ? "bit" : "super"}};
  if (kind < 63) return {subscriber, OptionDisconnected{either ? "bit" : "super"}};
  if (kind < 73) return {subscriber, TariffSwitched{either ? "night" : "classic"}};
  if (kind < 81) return {subscriber, PasswordSet{PasswordMethod::chosen, verifier}};
  if (kind < 89) return {subscriber, AssistantActivated{}};
  if (kind < 97) {
    return {subscriber, ServiceUsed{"locator", below(3) + 1, std::nullopt, std::nullopt, std::nullopt}};
  }
  if (kind < 99 && past_count_ >= past_.size()) {
    const Past& past = past_[below(past_.size())];
    const std::string owner = std::to_string(first_msisdn + past.subscriber);
    return {past.subscriber, ChargeReversed{charge_id_of(owner, past.event), "complaint"}};
  }
  return {subscriber, SubscriberClosed{}};
}

Workload::Draft Workload::draft() {
  if (enrolling()) return {static_cast<uint32_t>(count_ - 1), AssistantActivated{}};
  const uint32_t subscriber = pick_subscriber();
  if (options_.charged_only) return {subscriber, traffic(subscriber)};
  const uint64_t kind = below(100);
  if (kind < 90) return {subscriber, traffic(subscriber)};
  if (kind >= 95) return rare(subscriber);
  return {subscriber,
          LoginAttempted{below(4) == 0 ? LoginOutcome::wrong : LoginOutcome::correct, std::nullopt}};
}

WorkloadRecord Workload::catalog() {
  Event event;
  event.id = uuid_of(~uint64_t{0}, options_.seed);
  event.occurred_at.micros = first_event_micros;
  event.channel = Channel::operator_desk;
  const std::string document = workload_catalog();
  event.body = CatalogPublished{document};
  return {std::string(catalog_key), std::string(encoder_.encode(event))};
}

const WorkloadRecord& Workload::next() {
  ++count_;
  const bool pure = options_.charged_only || enrolling();
  if (!pure && count_ > 1 && below(100) == 0) return record_;  // 1 %: the one before, again
  const Draft drafted = draft();
  record_.key = std::to_string(first_msisdn + drafted.subscriber);
  Event event;
  event.id = uuid_of(random(), count_);
  event.subscriber = record_.key;
  event.occurred_at.micros = first_event_micros + static_cast<int64_t>(count_) * micros_between_events;
  event.channel = Channel::network;
  event.body = drafted.body;
  record_.value = encoder_.encode(event);
  if (!pure && below(1000) == 0) record_.value.resize(record_.value.size() / 2);  // 0.1 %: cut off
  if (std::holds_alternative<TrafficUsed>(event.body)) {
    past_[past_count_++ % past_.size()] = {drafted.subscriber, event.id};
  }
  return record_;
}

}  // namespace subledger
