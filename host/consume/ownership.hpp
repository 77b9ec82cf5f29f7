// SPDX-License-Identifier: Apache-2.0
//
// The rule of one ownership period of one partition (invariant 3), and the only place that has it:
// revoke is stop, drain, commit, give up; what was lost is given up at once, without a commit.
//
//     resolving ──begin──> active ──drain──> draining ──give_up──> revoked
//         └───────────────drain─────────────────^
//     resolving, active, draining ──lose──> lost
//
//                 reads  starts  finishes  attempts again  commits
//     resolving   no     no      –         –               no
//     active      yes    yes     yes       yes             yes
//     draining    no     no      yes       no              what is finished
//     revoked     no     no      no        no              no
//     lost        no     no      no        no              no
//
// There is no way back: a partition that is granted again, also while it drains, begins as another
// epoch with an Ownership of its own, and the old one is lost to it. A pure value; it knows neither
// offsets nor clients. Thread rule: [poll] of the owning consumer.
#pragma once

#include <cstdint>

#include "host/base/check.hpp"

namespace tidegate {

class Ownership {
 public:
  enum class State : std::uint8_t { resolving, active, draining, revoked, lost };

  // Where the partition begins is known, and committed. False: that comes too late.
  [[nodiscard]] bool begin() {
    if (state_ != State::resolving && state_ != State::active) return false;
    state_ = State::active;
    return true;
  }
  // The partition is to be given up: no handler call starts any more. Nothing where it is over.
  void drain() {
    if (owned()) state_ = State::draining;
  }
  // What was to be finished and committed is, or its time is over. REQUIRES: it drains.
  void give_up() {
    TIDEGATE_CHECK(state_ == State::draining, "revoke is stop, drain, commit, give up");
    state_ = State::revoked;
  }
  // The partition may be somebody else's by now, or what it held is not what we knew.
  void lose() {
    TIDEGATE_CHECK(owned(), "an ownership ends once");
    state_ = State::lost;
  }

  // A result that comes back counts, and finishes its message. False: it is discarded.
  [[nodiscard]] bool owned() const { return state_ < State::revoked; }
  // Where it begins is not known or not committed yet: the client must not fetch it.
  [[nodiscard]] bool resolving() const { return state_ == State::resolving; }
  // It is ours to read: messages that come are taken in, it is paused, resumed and sought.
  [[nodiscard]] bool reads() const { return state_ == State::active; }
  [[nodiscard]] bool draining() const { return state_ == State::draining; }
  // A message that failed may wait here for its next attempt; else it is given back.
  [[nodiscard]] bool attempts_again() const { return state_ == State::active; }

  // What a commit would cover: messages that are finished, or with at_most_once those that were
  // read and are to be handled once it is acknowledged.
  enum class Covers : std::uint8_t { finished, read };
  // A draining partition commits what it has finished, but no more ahead: that would lose what is
  // not handled here any more.
  [[nodiscard]] bool commits(Covers covers) const {
    return state_ == State::active || (state_ == State::draining && covers == Covers::finished);
  }

  [[nodiscard]] State state() const { return state_; }

 private:
  State state_ = State::resolving;
};

}  // namespace tidegate
