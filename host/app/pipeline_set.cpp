// SPDX-License-Identifier: Apache-2.0
#include "host/app/pipeline_set.hpp"

#include <algorithm>
#include <utility>

#include "host/base/metrics/counters.hpp"
#include "host/handle/plugin/plugin_metrics.hpp"

namespace tidegate {

PipelineSet::Shared PipelineSet::find(const std::string& name) const {
  const MutexLock lock(mutex_);
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.seen.name == name; });
  return found == entries_.end() ? nullptr : found->seen.pipeline;
}

std::vector<PipelineSet::Shared> PipelineSet::all() const {
  std::vector<Shared> all;
  const MutexLock lock(mutex_);
  for (const Entry& entry : entries_) {
    if (entry.seen.pipeline) all.push_back(entry.seen.pipeline);
  }
  return all;
}

PipelineSet::View PipelineSet::view() const {
  View view;
  const MutexLock lock(mutex_);
  for (const Entry& entry : entries_) view.seen.push_back(entry.seen);
  view.changing = changing_;
  view.closed = closed_;
  view.number = number_;
  return view;
}

// Again where the set has changed meanwhile: else one picture might show a predecessor that has
// ended, and `changing` be of the time before.
PipelineSet::Pictures PipelineSet::pictures() const {
  while (true) {
    const View seen = view();
    Pictures pictures{.changing = seen.changing};
    for (const Seen& one : seen.seen) pictures.pipelines.push_back(picture(one, seen.closed));
    const MutexLock lock(mutex_);
    if (number_ == seen.number) return pictures;
  }
}

metrics::PipelineSnapshot PipelineSet::picture(const Seen& seen, bool closed) {
  using State = metrics::PipelineState;
  metrics::PipelineSnapshot picture = *seen.before;
  if (seen.pipeline) {
    picture = seen.pipeline->snapshot();
    metrics::add_counters(picture, *seen.before);
  } else {
    picture.state = closed ? State::stopped : State::starting;
  }
  if (seen.failure.empty()) return picture;
  picture.state = State::failed;
  picture.failure = seen.failure;
  return picture;
}

PipelineSet::Entry& PipelineSet::entry(const std::string& name) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.seen.name == name; });
  if (found != entries_.end()) return *found;
  metrics::PipelineSnapshot nothing;
  nothing.name = name;
  Entry fresh;
  fresh.seen.name = name;
  fresh.seen.before = std::make_shared<const metrics::PipelineSnapshot>(std::move(nothing));
  entries_.push_back(std::move(fresh));
  return entries_.back();
}

void PipelineSet::put(std::unique_ptr<Pipeline> pipeline) {
  std::promise<void> unshared;
  std::future<void> is_unshared = unshared.get_future();
  Shared shared(pipeline.get(), [last = std::make_shared<std::promise<void>>(std::move(unshared))](
                                    Pipeline*) { last->set_value(); });
  const MutexLock lock(mutex_);
  Entry& place = entry(pipeline->config().name);
  place.seen.pipeline = std::move(shared);
  place.seen.failure.clear();
  place.owner = std::move(pipeline);
  place.unshared = std::move(is_unshared);
  ++number_;
}

bool PipelineSet::start(const std::string& name) {
  Shared pipeline;
  {
    const MutexLock lock(mutex_);
    if (closed_) return false;
    pipeline = entry(name).seen.pipeline;
    starting_ = true;
  }
  try {
    pipeline->start();
  } catch (...) {
    started();
    throw;
  }
  started();
  return true;
}

void PipelineSet::started() {
  const MutexLock lock(mutex_);
  starting_ = false;
  changed_.notify_all();
}

void PipelineSet::take_out(const std::string& name) {
  std::unique_ptr<Pipeline> owner;
  std::future<void> unshared;
  Seen last;
  {
    const MutexLock lock(mutex_);
    last = entry(name).seen;
  }
  auto counted =
      std::make_shared<const metrics::PipelineSnapshot>(metrics::counters_of(picture(last, false)));
  last.pipeline.reset();
  {
    const MutexLock lock(mutex_);
    Entry& place = entry(name);
    owner = std::move(place.owner);
    unshared = std::move(place.unshared);
    place.seen.before = std::move(counted);
    last.pipeline = std::move(place.seen.pipeline);  // its end wakes us: not under the lock
    place.seen.pipeline.reset();
    ++number_;
  }
  last.pipeline.reset();
  unshared.wait();
  owner.reset();
  metrics_.forget(name, PluginMetrics::Forget::gauges);
}

void PipelineSet::fail(const std::string& name, std::string why) {
  const MutexLock lock(mutex_);
  entry(name).seen.failure = std::move(why);
  ++number_;
}

void PipelineSet::erase(const std::string& name) {
  metrics_.forget(name, PluginMetrics::Forget::all);
  const MutexLock lock(mutex_);
  std::erase_if(entries_, [&](const Entry& entry) { return entry.seen.name == name; });
  ++number_;
}

void PipelineSet::close() {
  const MutexLock lock(mutex_);
  closed_ = true;
  ++number_;
  changed_.wait(mutex_, [this]() TIDEGATE_REQUIRES(mutex_) { return !starting_; });
}

bool PipelineSet::closed() const {
  const MutexLock lock(mutex_);
  return closed_;
}

void PipelineSet::set_changing(bool changing) {
  const MutexLock lock(mutex_);
  changing_ = changing;
  ++number_;
}

}  // namespace tidegate
