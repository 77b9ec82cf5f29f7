// SPDX-License-Identifier: Apache-2.0
//
// Asks for the headers of some messages: ok where it finds the message's value in the one header.
// "bare" must have none, of "blind" it does not ask.
#include <tidegate/plugin.hpp>

namespace {

bool handle(tidegate::Message message) {
  const auto value = message.value();
  if (value == "blind") return true;
  const auto headers = message.headers();
  if (value == "bare") return headers.empty();
  return headers.size() == 1 && (*headers.begin()).name == "is" &&
         (*headers.begin()).value == value;
}

}  // namespace

TIDEGATE_PLUGIN(handle, "reads_headers", "1.0.0")
