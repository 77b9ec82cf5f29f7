// SPDX-License-Identifier: Apache-2.0
//
// The numbers of the journey as types of their own, so that an offset can never be taken for the
// position behind it, nor an old epoch for a new one. Thread rule: values, [any].
#pragma once

#include <compare>
#include <cstdint>

namespace tidegate {

// A number with a meaning. No arithmetic but what a meaning allows.
template <class Tag, class T>
struct Number {
  T value{};
  friend constexpr auto operator<=>(const Number&, const Number&) = default;
};

// Offset of one message in its partition.
using Offset = Number<struct OffsetTag, std::int64_t>;
// The next offset to be consumed; what is committed.
using Position = Number<struct PositionTag, std::int64_t>;
// Index of a partition in its topic.
using Partition = Number<struct PartitionTag, std::int32_t>;
// One ownership period of one partition; grows with every assignment in this process, never reused.
using Epoch = Number<struct EpochTag, std::uint64_t>;

// What Kafka calls a topic by, beside its name: one that is deleted and made again gets another
// one.
struct TopicId {
  std::int64_t most_significant = 0;
  std::int64_t least_significant = 0;

  // Else nobody told it, say because the broker is older than these (before 2.8).
  [[nodiscard]] constexpr bool known() const { return *this != TopicId{}; }
  friend constexpr bool operator==(const TopicId&, const TopicId&) = default;
};

// The position behind an offset. The only place where 1 is added to an offset (DESIGN §1).
constexpr Position position_after(Offset offset) { return Position{offset.value + 1}; }

}  // namespace tidegate
