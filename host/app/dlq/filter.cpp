// SPDX-License-Identifier: Apache-2.0
#include "host/app/dlq/filter.hpp"

#include <algorithm>

#include "host/app/dlq/dead_letter.hpp"
#include "host/base/config/units.hpp"

namespace tidegate::dlq {
namespace {

// What a filter does not ask for is as good as asked for and there.
template <class Wanted, class Found>
bool is(const std::optional<Wanted>& wanted, const Found& found) {
  return !wanted || found == *wanted;
}

}  // namespace

std::optional<Moment> parse_moment(std::string_view text) {
  if (const auto time = config::parse_time(text)) return Moment{Moment::Kind::fixed, *time};
  if (const auto ago = config::parse_duration(text)) return Moment{Moment::Kind::ago, ago->count()};
  return std::nullopt;
}

bool Filter::empty() const {
  return kinds.empty() && !since && !until && !key && !origin_topic && !origin_partition &&
         !origin_offset && !from_pipeline && !partition && !offset;
}

bool matches(const Filter& filter, const DeadLetter& letter, std::int64_t now_ms) {
  const kafka::Bytes key = letter.message.key();
  const bool same_key = !filter.key || (key.data() != nullptr && key == *filter.key);
  const bool one_of_kinds =
      filter.kinds.empty() ||
      std::find(filter.kinds.begin(), filter.kinds.end(), letter.kind()) != filter.kinds.end();
  return one_of_kinds && same_key &&
         (!filter.since || letter.timestamp_ms() >= filter.since->unix_ms(now_ms)) &&
         (!filter.until || letter.timestamp_ms() < filter.until->unix_ms(now_ms)) &&
         is(filter.origin_topic, letter.text(header::kOriginTopic)) &&
         is(filter.origin_partition, letter.number<std::int32_t>(header::kOriginPartition)) &&
         is(filter.origin_offset, letter.number<std::int64_t>(header::kOriginOffset)) &&
         is(filter.from_pipeline, letter.pipeline()) && is(filter.partition, letter.partition) &&
         is(filter.offset, letter.offset);
}

}  // namespace tidegate::dlq
