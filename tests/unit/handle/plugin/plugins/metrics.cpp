// SPDX-License-Identifier: Apache-2.0
//
// Has metrics of each kind, defines one twice, and tries to define one outside create.
#include <tidegate/plugin.hpp>

#include <string_view>

namespace {

class Metrics {
 public:
  Metrics(tidegate::Host host, std::string_view /*config_json*/)
      : host_(host),
        seen_(host.counter("seen_total", "Messages seen.")),
        seen_again_(host.counter("seen_total", "Messages seen.")),
        level_(host.gauge("level", "A level.")),
        size_(host.histogram("size_bytes", "Sizes.")) {}

  tidegate::Result handle(const tidegate::Message& message) {
    seen_.add();
    seen_again_.add(2);
    level_.set(message.offset() == 0 ? 1 : 5);
    size_.observe(100);
    const auto* metrics = static_cast<const tidegate_metrics*>(
        host_.raw().get_extension(&host_.raw(), TIDEGATE_EXTENSION_METRICS));
    metrics->record(&host_.raw(), 63, 1);  // ids that nobody was given
    metrics->record(&host_.raw(), 1000, 1);
    metrics->record(&host_.raw(), -1, 1);
    if (host_.raw().get_extension(&host_.raw(), "tidegate.metrics/9") != nullptr) return false;
    return metrics->define(&host_.raw(), TIDEGATE_METRIC_GAUGE, "late", "Too late.") == -1;
  }

 private:
  tidegate::Host host_;
  tidegate::Counter seen_, seen_again_;
  tidegate::Gauge level_;
  tidegate::Histogram size_;
};

}  // namespace

TIDEGATE_PLUGIN_CLASS(Metrics, "metrics", "1.0.0")
