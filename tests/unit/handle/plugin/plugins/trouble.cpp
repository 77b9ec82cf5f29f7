// SPDX-License-Identifier: Apache-2.0
//
// Does one thing to the process that loads it; the macro says which.
#include <unistd.h>
#include <tidegate/plugin.hpp>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

[[maybe_unused]] void hang() {
  while (true) ::pause();
}

struct Constructor {
  Constructor() {
#if defined(CTOR_ABORTS)
    std::abort();
#elif defined(CTOR_HANGS)
    hang();
#elif defined(CTOR_EXITS)
    std::exit(0);
#endif
  }
} const constructor;

class Trouble {
 public:
  Trouble(tidegate::Host /*host*/, std::string_view /*config_json*/) {
#if defined(CREATE_CRASHES)
    std::abort();
#elif defined(CREATE_HANGS)
    std::puts("connecting to a server that is not there");
    std::fflush(stdout);
    hang();
#elif defined(PRINTS_AND_ABORTS)
    std::fputs("the password file\tis not there\n", stderr);
    std::abort();
#endif
  }
#if defined(DESTROY_CRASHES)
  ~Trouble() { std::abort(); }
#endif
  bool handle(const tidegate::Message& /*message*/) { return true; }
};

}  // namespace

TIDEGATE_PLUGIN_CLASS(Trouble, "trouble", "1.0.0")
