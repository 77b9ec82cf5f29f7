// SPDX-License-Identifier: Apache-2.0
#include "host/app/dlq/show.hpp"

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/unit/app/dlq/letters.hpp"

namespace tidegate::dlq {
namespace {

using nlohmann::json;

class ShowTest : public Letters {
 protected:
  DeadLetter with(std::optional<std::string> value) {
    fakes::HeaderList headers = {{"trace", "1"}, {"raw", std::string("\x1b\xff", 2)}, {"no", {}}};
    const auto ours = headers_of_a_dead_letter();
    headers.insert(headers.end(), ours.begin(), ours.end());
    return letter({.key = "k", .value = std::move(value), .headers = headers});
  }
  std::string text(std::optional<std::string> value, Payload payload) {
    return block_of(with(std::move(value)), payload);
  }
  json object(std::optional<std::string> value, Payload payload) {
    return json::parse(json_of(with(std::move(value)), payload));
  }
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(ShowTest, ABlockTellsPlaceCauseOriginAndTheMessage) {
  const std::string block = text("the value", Payload::text);
  for (const char* part :
       {"g.dlq/0@", "  error     exception: no such order\n",
        "  origin    orders/3@41  2020-09-13T12:26:40.123Z\n",
        "  attempts  4, the first failure at 2023-11-14T22:13:20.456Z, replays 1\n",
        "  pipeline  billing, group g, plugin orders@1\n", "  header    trace: 1\n",
        "  header    raw: \\x1b\\xff\n", "  header    no: (none)\n", "  key       k\n",
        "  value     the value\n\n"}) {
    EXPECT_TRUE(has(block, part)) << part << "\nin\n" << block;
  }
  EXPECT_FALSE(has(block, "header    tidegate-")) << "ours are apart";
}

TEST_F(ShowTest, APayloadIsPrintedAsAskedFor) {
  EXPECT_TRUE(has(text("\x01z", Payload::text), "  value     \\x01z\n"));
  EXPECT_TRUE(has(text("\x01z", Payload::hex), "  value     017a\n"));
  EXPECT_TRUE(has(text("\x01z", Payload::none), "  value     2 bytes\n"));
  EXPECT_TRUE(has(text(R"({"a":[1]})", Payload::json), "  value     \n{\n  \"a\": [\n"));
  EXPECT_TRUE(has(text("no json", Payload::json), "  value     no json\n"));
  for (const Payload payload : {Payload::text, Payload::hex, Payload::none, Payload::json})
    EXPECT_TRUE(has(text({}, payload), "  value     (none)\n"));
}

TEST_F(ShowTest, JsonLosesNoByte) {
  const json plain = object("v", Payload::text);
  EXPECT_EQ(plain["topic"], "g.dlq");
  EXPECT_EQ(plain["key"], "k");
  EXPECT_EQ(plain["value"], "v");
  EXPECT_EQ(plain["value_bytes"], 1);
  EXPECT_EQ(plain["tidegate"]["error-kind"], "exception");
  const json headers = {{{"name", "trace"}, {"value", "1"}},
                        {{"name", "raw"}, {"value_hex", "1bff"}},
                        {{"name", "no"}, {"value", nullptr}}};
  EXPECT_EQ(plain["headers"], headers);
  EXPECT_EQ(object("\xff", Payload::text)["value_hex"], "ff");
  EXPECT_FALSE(object("\xff", Payload::text).contains("value"));
  EXPECT_EQ(object("v", Payload::hex)["value_hex"], "76");
  EXPECT_EQ(object(R"({"a":[1]})", Payload::json)["value"], json::parse(R"({"a":[1]})"));
  EXPECT_EQ(object("{", Payload::json)["value"], "{");
  EXPECT_TRUE(object({}, Payload::text)["value"].is_null());
  EXPECT_TRUE(object({}, Payload::text)["value_bytes"].is_null());
  EXPECT_FALSE(object("v", Payload::none).contains("value"));
}

// Whoever may write to a source topic chooses the payload.
TEST_F(ShowTest, AHostilePayloadCannotEndTheTool) {
  const std::string deep(200'000, '[');
  EXPECT_EQ(object(deep + std::string(200'000, ']'), Payload::json)["value_bytes"], 400'000);
  EXPECT_EQ(object("[\"\xff\"]", Payload::json)["value_hex"], "5b22ff225d");
}

TEST_F(ShowTest, TheNewestThatMatchAreShownTheOldestOfThemFirst) {
  for (const char* key : {"a", "b", "c", "a", "b"}) {
    (void)letter({.key = key, .value = std::string("v"), .headers = headers_of_a_dead_letter()});
  }
  ReadClient client(target, "g.dlq-replay", kPatience);
  const Ranges all = *extent_of(client, "g.dlq");
  std::ostringstream out;
  const Shown shown = show(out, client, "g.dlq", all, {.key = "b"},
                           {.payload = Payload::none, .limit = 1}, Format::json);
  EXPECT_EQ(shown.printed, 1U);
  EXPECT_EQ(shown.matching, 2U);
  EXPECT_EQ(json::parse(out.str())["offset"], all.at(0).end - 1);
}

}  // namespace
}  // namespace tidegate::dlq
