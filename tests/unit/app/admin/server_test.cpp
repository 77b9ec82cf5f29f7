// SPDX-License-Identifier: Apache-2.0
#include "host/app/admin/server.hpp"

#include <atomic>
#include <chrono>
#include <fstream>
#include <stdexcept>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <nlohmann/json.hpp>

#include "host/app/admin/control_socket.hpp"
#include "host/app/scratch_dir.hpp"
#include "tests/unit/base/metrics/snapshots.hpp"

namespace tidegate {
namespace {

// A service that shows these snapshots and changes nothing.
AdminService showing(std::function<metrics::HostSnapshot()> snapshot) {
  return {.snapshot = std::move(snapshot),
          .change = [](const std::string&, PipelineChange) { return false; },
          .reload = {}};
}

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using ::testing::ThrowsMessage;

class AdminServerTest : public ::testing::Test {
 protected:
  httplib::Result get(const std::string& path) { return client().Get(path); }
  httplib::Client client() const { return httplib::Client("127.0.0.1", server_.port()); }

  metrics::HostSnapshot host_ = metrics::example_host();  // changed before requests only
  std::atomic<int> snapshots_ = 0;
  AdminServer server_{"127.0.0.1:0", showing([this] {
                        ++snapshots_;
                        return host_;
                      })};
};

TEST_F(AdminServerTest, PortZeroTakesAFreePortAndTellsWhich) {
  EXPECT_NE(server_.port(), 0);
  EXPECT_EQ(server_.address(), "127.0.0.1:" + std::to_string(server_.port()));
}

TEST_F(AdminServerTest, MetricsAreTextOfOneSnapshot) {
  const auto response = get("/metrics");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->get_header_value("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(
      response->body,
      HasSubstr("tidegate_messages_consumed_total{pipeline=\"orders\",topic=\"orders.v1\"} 100"));
  EXPECT_EQ(snapshots_, 1);
}

TEST_F(AdminServerTest, HealthyAsksForNothingButAnAnswer) {
  host_.pipelines[0].state = metrics::PipelineState::failed;
  EXPECT_EQ(get("/-/healthy")->status, 200);
  EXPECT_EQ(snapshots_, 0);
}

TEST_F(AdminServerTest, ReadySays503WithEveryReasonUntilItIs) {
  EXPECT_EQ(get("/-/ready")->status, 200);
  host_.draining = true;
  host_.pipelines[0].totals.has_assignment = false;
  const auto response = get("/-/ready");
  EXPECT_EQ(response->status, 503);
  EXPECT_THAT(response->body, AllOf(HasSubstr("draining"), HasSubstr("pipeline orders waits")));
}

TEST_F(AdminServerTest, StatusIsJson) {
  const auto response = get("/api/v1/status");
  EXPECT_EQ(response->get_header_value("Content-Type"), "application/json");
  EXPECT_EQ(nlohmann::json::parse(response->body)["pipelines"][0]["name"], "orders");
}

TEST_F(AdminServerTest, AnUnknownPathListsWhatExists) {
  for (const auto* path : {"/", "/metric", "/metrics/", "/api/v1/status/../secret"}) {
    const auto response = get(path);
    ASSERT_TRUE(response) << path;
    EXPECT_EQ(response->status, 404) << path;
    EXPECT_THAT(response->body, AllOf(HasSubstr("/metrics"), HasSubstr("/-/healthy"),
                                      HasSubstr("/-/ready"), HasSubstr("/api/v1/status")));
  }
}

TEST_F(AdminServerTest, EveryMethodButGetAndHeadIsRefused) {
  auto to = client();
  for (const auto& response :
       {to.Post("/metrics"), to.Put("/metrics", "x", "text/plain"), to.Delete("/-/ready"),
        to.Options("/metrics"), to.Post("/nowhere", std::string(500, 'x'), "text/plain")}) {
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 405);
    EXPECT_EQ(response->get_header_value("Allow"), "GET, HEAD");
  }
  EXPECT_EQ(snapshots_, 0);
}

TEST_F(AdminServerTest, HeadAnswersLikeGetWithoutABody) {
  const auto response = client().Head("/-/healthy");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "");
}

TEST_F(AdminServerTest, ATakenPortIsRefusedWithAddressReasonAndCure) {
  EXPECT_THAT([&] { AdminServer second(server_.address(), showing({})); },
              ThrowsMessage<std::runtime_error>(AllOf(HasSubstr(server_.address()),
                                                      HasSubstr("Address already in use"),
                                                      HasSubstr("choose another port"))));
}

TEST_F(AdminServerTest, AnAddressThatIsNotOursOrNotANameIsRefused) {
  EXPECT_THAT([&] { AdminServer server("192.0.2.1:0", showing({})); },  // TEST-NET-1, nobody's
              ThrowsMessage<std::runtime_error>(
                  AllOf(HasSubstr("192.0.2.1:0"), HasSubstr("no such address"))));
  EXPECT_THAT([&] { AdminServer server("not an address:0", showing({})); },
              ThrowsMessage<std::runtime_error>(
                  AllOf(HasSubstr("not an address:0"), HasSubstr("resolve"))));
}

TEST_F(AdminServerTest, SeveralClientsAreAnsweredAtOnce) {
  std::atomic<int> answered = 0;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 8; ++i) {
      clients.emplace_back([&] {
        for (int n = 0; n < 20; ++n) {
          const auto response = get("/metrics");
          answered += response && response->status == 200;
        }
      });
    }
  }
  EXPECT_EQ(answered, 160);
}

TEST(AdminServer, AThrowingSnapshotIsA500AndTheServerGoesOn) {
  AdminServer server("127.0.0.1:0",
                     showing([]() -> metrics::HostSnapshot { throw std::runtime_error("no"); }));
  httplib::Client client("127.0.0.1", server.port());
  EXPECT_EQ(client.Get("/metrics")->status, 500);
  EXPECT_EQ(client.Get("/-/healthy")->status, 200);
}

TEST(AdminServer, ItsThreadsCarryItsName) {
  std::string name;
  AdminServer server("127.0.0.1:0", showing([&] {
                       std::ifstream("/proc/thread-self/comm") >> name;
                       return metrics::example_host();
                     }));
  ASSERT_TRUE(httplib::Client("127.0.0.1", server.port()).Get("/metrics"));
  EXPECT_EQ(name, "admin");
}

// A connection over which nothing is sent.
class IdleConnection {
 public:
  explicit IdleConnection(std::uint16_t port) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0;
  }
  ~IdleConnection() { ::close(socket_); }
  IdleConnection(const IdleConnection&) = delete;
  IdleConnection& operator=(const IdleConnection&) = delete;
  bool connected() const { return connected_; }

 private:
  int socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool connected_ = false;
};

TEST(AdminServer, StopsWithinSecondsAlthoughClientsHoldIdleConnections) {
  auto server = std::make_unique<AdminServer>("127.0.0.1:0", showing(metrics::example_host));
  const auto port = server->port();
  const IdleConnection one(port), two(port), three(port);
  ASSERT_TRUE(one.connected() && two.connected() && three.connected());
  // Connections are taken in their order, so an answer proves that the idle ones were taken.
  ASSERT_TRUE(httplib::Client("127.0.0.1", port).Get("/-/healthy"));
  const auto begin = std::chrono::steady_clock::now();
  server.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3));
}

TEST(AdminServer, StopsAtOnceAlsoBeforeItsLoopHasBegun) {
  for (int i = 0; i < 50; ++i) {
    const AdminServer server("127.0.0.1:0", showing({}));
  }
}

TEST(AdminServer, ThePortIsFreeAgainOnceItHasStopped) {
  std::string address;
  {
    const AdminServer first("127.0.0.1:0", showing(metrics::example_host));
    address = first.address();
    ASSERT_TRUE(httplib::Client("127.0.0.1", first.port()).Get("/-/healthy"));
  }
  const AdminServer second(address, showing(metrics::example_host));
  EXPECT_EQ(second.address(), address);
}

TEST(AdminServer, ServesOnTheControlSocketToo) {
  const ScratchDir folder;
  ControlSocket socket(folder.path());
  const AdminServer server(socket, showing(metrics::example_host));
  EXPECT_EQ(server.address(), (folder.path() / "control.sock").string());
  httplib::Client client(server.address(), 80);
  client.set_address_family(AF_UNIX);
  const auto response = client.Get("/api/v1/pipelines/orders");
  ASSERT_TRUE(response);
  EXPECT_EQ(nlohmann::json::parse(response->body)["name"], "orders");
  EXPECT_EQ(client.Post("/metrics")->status, 405);
}

}  // namespace
}  // namespace tidegate
