// SPDX-License-Identifier: Apache-2.0
#include "host/base/child_run.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <system_error>
#include <utility>

namespace tidegate {
namespace {

constexpr std::size_t kMaxOutput = 8192;
constexpr std::size_t kMaxAnswer = std::size_t{1} << 20U;
constexpr std::size_t kRequest = 0;
constexpr std::size_t kAnswer = 1;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

struct Pipe {
  Descriptor read;
  Descriptor write;
};

// Reads do not wait, so that what a forgotten grandchild keeps open keeps nobody waiting.
Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("a pipe to a child process");
  Pipe pipe{Descriptor(ends[0]), Descriptor(ends[1])};
  if (::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK) != 0) fail("a pipe to a child process");
  return pipe;
}

// Memory, so that no reader is needed before the child is there.
Descriptor request_file(std::string_view request) {
  Descriptor file(::memfd_create("tidegate-request", MFD_CLOEXEC));
  if (!file || !write_all(file.get(), request) || ::lseek(file.get(), 0, SEEK_SET) != 0)
    fail("the request to a child process");
  return file;
}

enum class Keep : std::uint8_t { first, last };

// Takes what is there; keeps at most `most` of it. Whether more may come.
bool take(int descriptor, std::string& kept, std::size_t most, Keep keep) {
  std::array<char, 4096> bytes{};
  while (true) {
    const ssize_t got = ::read(descriptor, bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    kept.append(bytes.data(), static_cast<std::size_t>(got));
    if (kept.size() <= most) continue;
    if (keep == Keep::first) kept.resize(most);
    else kept.erase(0, kept.size() - most);
  }
}

// Seconds as people write them: "10 s", "0.25 s".
std::string seconds_text(Duration limit) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3g s", std::chrono::duration<double>(limit).count());
  return text.data();
}

}  // namespace

std::string ChildRun::in_words(Duration limit) const {
  if (end == End::time_limit)
    return "had not ended after " + seconds_text(limit) + " and was ended";
  return exit.in_words();
}

ChildRun run_child(ChildSpec spec, std::string_view request, Duration limit) {
  const Descriptor asked = request_file(request);
  Pipe answer = make_pipe();
  Pipe output = make_pipe();
  spec.descriptors.insert(spec.descriptors.begin(), {asked.get(), answer.write.get()});
  spec.output = output.write.get();
  const MonotonicTime deadline = system_clock().now() + limit;
  ChildProcess child(spec);
  answer.write.reset();
  output.write.reset();

  ChildRun run;
  std::array<pollfd, 3> watched = {{{child.pid_descriptor(), POLLIN, 0},
                                    {answer.read.get(), POLLIN, 0},
                                    {output.read.get(), POLLIN, 0}}};
  const auto take_all = [&] {
    // A negative number is left out by poll: nothing comes from there any more.
    if (!take(answer.read.get(), run.answer, kMaxAnswer, Keep::first)) watched[1].fd = -1;
    if (!take(output.read.get(), run.output, kMaxOutput, Keep::last)) watched[2].fd = -1;
  };
  while ((watched[0].revents & POLLIN) == 0) {
    const int left = poll_milliseconds(deadline);
    if (left == 0) {
      run.end = ChildRun::End::time_limit;
      child.send_to_group(SIGKILL);
      break;
    }
    if (::poll(watched.data(), watched.size(), left) > 0) take_all();
  }
  run.exit = *child.wait(MonotonicTime::max());
  take_all();
  return run;
}

std::string read_request() {
  const Descriptor file = handed_over(kRequest);
  std::string request;
  std::array<char, 4096> bytes{};
  while (true) {
    const ssize_t got = ::read(file.get(), bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("the request of the parent process");
    if (got == 0) return request;
    request.append(bytes.data(), static_cast<std::size_t>(got));
  }
}

Descriptor answer_descriptor() { return handed_over(kAnswer); }

}  // namespace tidegate
