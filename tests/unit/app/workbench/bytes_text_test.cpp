// SPDX-License-Identifier: Apache-2.0
#include "host/app/workbench/bytes_text.hpp"

#include <gtest/gtest.h>

namespace tidegate::workbench {
namespace {

TEST(BytesText, Base64IsThatOfTheRfc) {
  EXPECT_EQ(from_base64(""), "");
  EXPECT_EQ(from_base64("Zg=="), "f");
  EXPECT_EQ(from_base64("Zm8="), "fo");
  EXPECT_EQ(from_base64("Zm9v"), "foo");
  EXPECT_EQ(from_base64("Zm9vYmFy"), "foobar");
  EXPECT_EQ(from_base64("Zm8"), "fo") << "without padding";
  EXPECT_EQ(from_base64("/+8="), "\xFF\xEF");
  for (const char* wrong : {"Z", "Zm9vY", "Zg=", "Zg===", "Z===", "Z g=", "Zg==Zg==", "_-8=", "="})
    EXPECT_EQ(from_base64(wrong), std::nullopt) << wrong;
}

TEST(BytesText, HexHasTwoDigitsAByte) {
  EXPECT_EQ(from_hex(""), "");
  EXPECT_EQ(from_hex("00fFA0"), std::string("\0\xFF\xA0", 3));
  for (const char* wrong : {"0", "000", "0g", " 0", "0x00"})
    EXPECT_EQ(from_hex(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace tidegate::workbench
