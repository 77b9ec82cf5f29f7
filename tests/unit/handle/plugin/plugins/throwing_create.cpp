// SPDX-License-Identifier: Apache-2.0
//
// Breaks the contract: create throws across the C ABI.
#include <tidegate/plugin.h>

#include <stdexcept>

namespace {

void* create(const tidegate_host* /*host*/, const char* /*config*/, size_t /*size*/,
             tidegate_result* /*error*/) {
  throw std::runtime_error("never mind");
}
void destroy(void* /*instance*/) {}
tidegate_status handle(void* /*instance*/, const tidegate_message* /*message*/,
                       tidegate_result* /*result*/) {
  return TIDEGATE_OK;
}

}  // namespace

const tidegate_plugin tidegate_plugin_v1 = {
    sizeof(tidegate_plugin), 0, &create, &destroy, &handle, nullptr, nullptr};
TIDEGATE_IDENTITY("throwing_create", "1.0.0");
