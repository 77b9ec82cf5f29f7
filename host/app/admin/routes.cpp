// SPDX-License-Identifier: Apache-2.0
#include "host/app/admin/routes.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "host/app/admin/status.hpp"
#include "host/base/clock.hpp"
#include "host/base/metrics/collector.hpp"

namespace tidegate {
namespace {

using Snapshot = std::function<metrics::HostSnapshot()>;
constexpr const char* kPlainText = "text/plain; charset=utf-8";

AdminAnswer show_metrics(const Snapshot& snapshot) {
  return {200, metrics::kTextContentType, metrics::to_text(snapshot())};
}

// Says that the process lives, not that the work goes on: a restart cures no broker.
AdminAnswer show_healthy(const Snapshot&) { return {200, kPlainText, "healthy\n"}; }

AdminAnswer show_ready(const Snapshot& snapshot) {
  const auto reasons = metrics::not_ready_reasons(snapshot());
  if (reasons.empty()) return {200, kPlainText, "ready\n"};
  std::string body = "not ready\n";
  for (const auto& reason : reasons) body += reason + "\n";
  return {503, kPlainText, std::move(body)};
}

AdminAnswer show_status(const Snapshot& snapshot) {
  const std::chrono::duration<double> now = system_clock().wall().time_since_epoch();
  return {200, "application/json", status_json(snapshot(), now.count())};
}

struct Route {
  std::string_view path;
  std::string_view what;
  AdminAnswer (*answer)(const Snapshot&);
};
constexpr std::array kRoutes = {
    Route{"/metrics", "metrics in Prometheus text format", show_metrics},
    Route{"/-/healthy", "200 while this process can answer", show_healthy},
    Route{"/-/ready", "200 when every pipeline runs and has its assignment, else 503 and why",
          show_ready},
    Route{"/api/v1/status", "pipelines, assignments, lag and what is in flight, as JSON",
          show_status}};

std::string list_of_routes() {
  std::string list = "This host answers GET on:\n";
  for (const auto& route : kRoutes) {
    list += "  " + std::string(route.path) + "  " + std::string(route.what) + "\n";
  }
  return list;
}

}  // namespace

AdminAnswer answer_admin_get(std::string_view path, const Snapshot& snapshot) {
  const auto route =
      std::find_if(kRoutes.begin(), kRoutes.end(), [&](const Route& r) { return r.path == path; });
  if (route != kRoutes.end()) return route->answer(snapshot);
  return {404, kPlainText, "There is no such page.\n" + list_of_routes()};
}

AdminAnswer refuse_admin_method(std::string_view method) {
  return {405, kPlainText, std::string(method) + " is not served.\n" + list_of_routes()};
}

}  // namespace tidegate
