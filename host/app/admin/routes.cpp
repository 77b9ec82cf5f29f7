// SPDX-License-Identifier: Apache-2.0
#include "host/app/admin/routes.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include "host/app/admin/status.hpp"
#include "host/base/clock.hpp"
#include "host/base/metrics/collector.hpp"

namespace tidegate {
namespace {

using Snapshot = std::function<metrics::HostSnapshot()>;
constexpr const char* kPlainText = "text/plain; charset=utf-8";
constexpr const char* kJson = "application/json";

double now_unix_seconds() {
  return std::chrono::duration<double>(system_clock().wall().time_since_epoch()).count();
}

AdminAnswer show_metrics(const Snapshot& snapshot) {
  return {200, metrics::kTextContentType, metrics::to_text(snapshot()), ""};
}

// Says that the process lives, not that the work goes on: a restart cures no broker.
AdminAnswer show_healthy(const Snapshot&) { return {200, kPlainText, "healthy\n", ""}; }

AdminAnswer show_ready(const Snapshot& snapshot) {
  const auto reasons = metrics::not_ready_reasons(snapshot());
  if (reasons.empty()) return {200, kPlainText, "ready\n", ""};
  std::string body = "not ready\n";
  for (const auto& reason : reasons) body += reason + "\n";
  return {503, kPlainText, std::move(body), ""};
}

AdminAnswer show_status(const Snapshot& snapshot) {
  return {200, kJson, status_json(snapshot(), now_unix_seconds()), ""};
}

AdminAnswer show_pipelines(const Snapshot& snapshot) {
  return {200, kJson, pipelines_json(snapshot(), now_unix_seconds()), ""};
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
          show_status},
    Route{"/api/v1/pipelines", "the pipelines of it alone", show_pipelines}};
constexpr std::string_view kOnePipeline = "/api/v1/pipelines/";
constexpr std::string_view kReloadAll = "/-/reload";

std::string list_of_routes() {
  std::string list = "This host answers GET on:\n";
  for (const auto& route : kRoutes) {
    list += "  " + std::string(route.path) + "  " + std::string(route.what) + "\n";
  }
  return list + "  /api/v1/pipelines/NAME  one of them\nand POST on:\n" +
         "  /api/v1/pipelines/NAME/pause  no handler call starts any more\n" +
         "  /api/v1/pipelines/NAME/resume  goes on, the dead-letter limiter with an empty "
         "window\n" +
         "  /api/v1/pipelines/NAME/reload  puts its plugin's file in as it is now\n" +
         "  /-/reload  reads the configuration again and takes it, every pipeline with its "
         "plugin\n";
}

AdminAnswer no_such_page() {
  return {404, kPlainText, "There is no such page.\n" + list_of_routes(), ""};
}

AdminAnswer refuse_method(std::string_view method, const char* allow) {
  return {405, kPlainText, std::string(method) + " is not served here.\n" + list_of_routes(),
          allow};
}

bool reads(std::string_view method) { return method == "GET" || method == "HEAD"; }

// "/api/v1/pipelines/orders/pause": of one pipeline, and perhaps what to do with it.
struct PipelinePath {
  std::string name;
  std::string_view verb;
};
std::optional<PipelinePath> pipeline_path(std::string_view path) {
  if (!path.starts_with(kOnePipeline)) return std::nullopt;
  path.remove_prefix(kOnePipeline.size());
  const auto slash = path.find('/');
  return PipelinePath{std::string(path.substr(0, slash)),
                      slash == std::string_view::npos ? "" : path.substr(slash + 1)};
}

const metrics::PipelineSnapshot* find(const metrics::HostSnapshot& host, const std::string& name) {
  const auto found = std::find_if(host.pipelines.begin(), host.pipelines.end(),
                                  [&](const auto& pipeline) { return pipeline.name == name; });
  return found == host.pipelines.end() ? nullptr : &*found;
}

AdminAnswer no_such_pipeline(const metrics::HostSnapshot& host, const std::string& name) {
  std::string body = "There is no pipeline \"" + name + "\" here. This host has:\n";
  for (const auto& pipeline : host.pipelines) body += "  " + pipeline.name + "\n";
  return {404, kPlainText, std::move(body), ""};
}

AdminAnswer show_pipeline(const std::string& name, const Snapshot& snapshot) {
  const metrics::HostSnapshot host = snapshot();
  const auto* const pipeline = find(host, name);
  if (pipeline == nullptr) return no_such_pipeline(host, name);
  return {200, kJson, pipeline_json(*pipeline, now_unix_seconds()), ""};
}

AdminAnswer refuse_change(const std::string& command) {
  return {403, kPlainText,
          "Nothing may be changed here: admin.enable_lifecycle is false. Use \"tidegate " +
              command + "\" on the host's machine, or set that key to true.\n",
          ""};
}

AdminAnswer change_pipeline(const PipelinePath& path, const AdminService& service) {
  const std::string verb(path.verb);
  if (service.lifecycle == AdminService::Lifecycle::refused)
    return refuse_change(verb + " " + path.name);
  const metrics::HostSnapshot host = service.snapshot();
  if (find(host, path.name) == nullptr) return no_such_pipeline(host, path.name);
  if (verb == "reload") return service.reload(path.name);
  const auto change = verb == "pause" ? PipelineChange::pause : PipelineChange::resume;
  if (service.change(path.name, change)) return show_pipeline(path.name, service.snapshot);
  return {409, kPlainText,
          "Pipeline " + path.name + " has failed or stops, so there is nothing to " + verb +
              ". GET /api/v1/pipelines/" + path.name + " says why.\n",
          ""};
}

AdminAnswer answer_pipeline(std::string_view method, const PipelinePath& path,
                            const AdminService& service) {
  if (path.verb.empty()) {
    return reads(method) ? show_pipeline(path.name, service.snapshot)
                         : refuse_method(method, "GET, HEAD");
  }
  if (path.verb != "pause" && path.verb != "resume" && path.verb != "reload") return no_such_page();
  if (method != "POST") return refuse_method(method, "POST");
  return change_pipeline(path, service);
}

AdminAnswer reload_all(std::string_view method, const AdminService& service) {
  if (method != "POST") return refuse_method(method, "POST");
  if (service.lifecycle == AdminService::Lifecycle::refused) return refuse_change("reload");
  return service.reload(std::nullopt);
}

}  // namespace

AdminAnswer answer_admin(std::string_view method, std::string_view path,
                         const AdminService& service) {
  if (const auto pipeline = pipeline_path(path)) return answer_pipeline(method, *pipeline, service);
  if (path == kReloadAll) return reload_all(method, service);
  if (!reads(method)) return refuse_method(method, "GET, HEAD");
  const auto route =
      std::find_if(kRoutes.begin(), kRoutes.end(), [&](const Route& r) { return r.path == path; });
  return route != kRoutes.end() ? route->answer(service.snapshot) : no_such_page();
}

}  // namespace tidegate
