// SPDX-License-Identifier: Apache-2.0
//
// Which request gets which answer, without sockets.
#include "host/app/admin/routes.hpp"

#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/base/metrics/snapshots.hpp"

namespace tidegate {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using Json = nlohmann::json;
using Lifecycle = AdminService::Lifecycle;

class AdminRoutes : public ::testing::Test {
 protected:
  AdminAnswer ask(std::string_view method, std::string_view path,
                  Lifecycle lifecycle = Lifecycle::allowed) {
    return answer_admin(method, path,
                        {[this] { return host_; },
                         [this](const std::string& pipeline, PipelineChange change) {
                           changes_.emplace_back(pipeline, change);
                           host_.pipelines[0].paused_by_operator = change == PipelineChange::pause;
                           return runs_;
                         },
                         [this](const std::optional<std::string>& pipeline) {
                           reloads_.push_back(pipeline.value_or("(all)"));
                           return AdminAnswer{200, "application/json", "{}", ""};
                         },
                         lifecycle});
  }

  metrics::HostSnapshot host_ = metrics::example_host();
  bool runs_ = true;
  std::vector<std::pair<std::string, PipelineChange>> changes_;
  std::vector<std::string> reloads_;
};

TEST_F(AdminRoutes, PostReloadsOnePipelineOrAll) {
  EXPECT_EQ(ask("POST", "/api/v1/pipelines/orders/reload").status, 200);
  EXPECT_EQ(ask("POST", "/-/reload").status, 200);
  EXPECT_THAT(reloads_, ElementsAre("orders", "(all)"));
}

TEST_F(AdminRoutes, AReloadIsAPostOfAKnownPipelineWhereChangesAreAllowed) {
  EXPECT_EQ(ask("GET", "/-/reload").status, 405);
  EXPECT_EQ(ask("GET", "/api/v1/pipelines/orders/reload").status, 405);
  EXPECT_EQ(ask("POST", "/api/v1/pipelines/nobody/reload").status, 404);
  const AdminAnswer refused = ask("POST", "/-/reload", Lifecycle::refused);
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("tidegate reload"));
  EXPECT_EQ(ask("POST", "/api/v1/pipelines/orders/reload", Lifecycle::refused).status, 403);
  EXPECT_THAT(reloads_, IsEmpty());
}

TEST_F(AdminRoutes, PostPausesAndResumesAndAnswersWithThePipeline) {
  const AdminAnswer paused = ask("POST", "/api/v1/pipelines/orders/pause");
  EXPECT_EQ(paused.status, 200);
  EXPECT_EQ(Json::parse(paused.body)["paused_by"], Json::array({"operator"}));
  const AdminAnswer resumed = ask("POST", "/api/v1/pipelines/orders/resume");
  EXPECT_EQ(resumed.status, 200);
  EXPECT_EQ(Json::parse(resumed.body)["paused_by"], Json::array());
  EXPECT_THAT(changes_, ElementsAre(Pair("orders", PipelineChange::pause),
                                    Pair("orders", PipelineChange::resume)));
}

TEST_F(AdminRoutes, WhereChangesAreNotAllowedTheAnswerNamesTheKeyAndTheCommand) {
  for (const char* verb : {"pause", "resume"}) {
    const AdminAnswer answer =
        ask("POST", std::string("/api/v1/pipelines/orders/") + verb, Lifecycle::refused);
    EXPECT_EQ(answer.status, 403);
    EXPECT_THAT(answer.body, AllOf(HasSubstr("admin.enable_lifecycle"),
                                   HasSubstr(std::string("tidegate ") + verb + " orders")));
  }
  EXPECT_THAT(changes_, IsEmpty());
}

TEST_F(AdminRoutes, AChangeIsAPostAndReadingIsNone) {
  for (const char* method : {"GET", "HEAD", "PUT", "DELETE"}) {
    const AdminAnswer answer = ask(method, "/api/v1/pipelines/orders/pause");
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.allow, "POST");
  }
  for (const char* path : {"/metrics", "/api/v1/pipelines", "/api/v1/pipelines/orders"}) {
    EXPECT_EQ(ask("POST", path).status, 405) << path;
    EXPECT_EQ(ask("POST", path).allow, "GET, HEAD");
  }
  EXPECT_THAT(changes_, IsEmpty());
}

TEST_F(AdminRoutes, AnUnknownPipelineIsNotFoundAndTheKnownOnesAreListed) {
  for (const auto& [method, path] : std::vector<std::pair<const char*, const char*>>{
           {"GET", "/api/v1/pipelines/order"},
           {"GET", "/api/v1/pipelines/"},
           {"POST", "/api/v1/pipelines/order/pause"}}) {
    const AdminAnswer answer = ask(method, path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_THAT(answer.body, HasSubstr("\n  orders\n")) << path;
  }
  EXPECT_THAT(changes_, IsEmpty());
}

TEST_F(AdminRoutes, APipelineThatDoesNotRunCannotBeChanged) {
  runs_ = false;
  const AdminAnswer answer = ask("POST", "/api/v1/pipelines/orders/resume");
  EXPECT_EQ(answer.status, 409);
  EXPECT_THAT(answer.body, AllOf(HasSubstr("orders"), HasSubstr("nothing to resume")));
}

TEST_F(AdminRoutes, AnUnknownVerbIsNoPage) {
  for (const char* verb : {"stop", "", "pause/", "pause/now"}) {
    const std::string path = std::string("/api/v1/pipelines/orders/") + verb;
    EXPECT_EQ(ask("POST", path).status, *verb == '\0' ? 405 : 404) << path;
  }
  EXPECT_THAT(changes_, IsEmpty());
}

TEST_F(AdminRoutes, PipelinesAreShownAllOrOne) {
  host_.pipelines[0].oldest_in_flight_unix_seconds = 0;  // how long it runs changes meanwhile
  const Json all = Json::parse(ask("GET", "/api/v1/pipelines").body);
  ASSERT_EQ(all["pipelines"].size(), 1U);
  EXPECT_EQ(all["pipelines"][0], Json::parse(ask("GET", "/api/v1/pipelines/orders").body));
  EXPECT_EQ(all["pipelines"][0]["state"], "running");
}

}  // namespace
}  // namespace tidegate
