// SPDX-License-Identifier: Apache-2.0
#include "host/app/admin/listen_address.hpp"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidegate {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(ListenAddress, ReadsNamesNumbersAndBracketedIpv6) {
  EXPECT_EQ(parse_listen_address("127.0.0.1:9464").host, "127.0.0.1");
  EXPECT_EQ(parse_listen_address("127.0.0.1:9464").port, 9464);
  EXPECT_EQ(parse_listen_address("localhost:0").port, 0);
  EXPECT_EQ(parse_listen_address("[::1]:65535").host, "::1");
  EXPECT_EQ(parse_listen_address("[::1]:65535").port, 65535);
}

TEST(ListenAddress, WritesWhatItReads) {
  for (const auto* text : {"127.0.0.1:9464", "localhost:0", "[::1]:9464"}) {
    EXPECT_EQ(to_string(parse_listen_address(text)), text);
  }
}

TEST(ListenAddress, RefusesWhatIsNoAddressAndShowsHowOneLooks) {
  for (const auto* text : {"", "9464", "localhost", "localhost:", "localhost:http", "localhost:-1",
                           "localhost:65536", "localhost:94 64", ":9464", "[]:9464", "::1:9464"}) {
    EXPECT_THAT([&] { (void)parse_listen_address(text); },
                ThrowsMessage<std::runtime_error>(
                    AllOf(HasSubstr("\"" + std::string(text) + "\""), HasSubstr("127.0.0.1:9464"))))
        << text;
  }
}

}  // namespace
}  // namespace tidegate
