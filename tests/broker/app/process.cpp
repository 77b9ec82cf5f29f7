// SPDX-License-Identifier: Apache-2.0
#include "tests/broker/app/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <system_error>

namespace tidegate::test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kDeadline = std::chrono::minutes(1);
constexpr int kLookMs = 200;

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category());
  return ends;
}

}  // namespace

std::filesystem::path build_dir() {
  const char* const given = std::getenv("TIDEGATE_BUILD_DIR");
  if (given != nullptr) return given;
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
}

Process::Process(const std::vector<std::string>& arguments, const std::filesystem::path& folder) {
  const std::string binary = (build_dir() / "bin" / "tidegate").string();
  std::vector<char*> argv{const_cast<char*>(binary.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const auto out = make_pipe();
  const auto err = make_pipe();
  pid_ = fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ == 0) {
    if (dup2(out[1], STDOUT_FILENO) >= 0 && dup2(err[1], STDERR_FILENO) >= 0 &&
        chdir(folder.c_str()) == 0) {
      execv(binary.c_str(), argv.data());
    }
    _exit(127);
  }
  close(out[1]);
  close(err[1]);
  out_fd_ = out[0];
  err_fd_ = err[0];
}

Process::~Process() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close_pipes();
}

void Process::close_pipes() {
  for (int* fd : {&out_fd_, &err_fd_}) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
  }
}

bool Process::read_more(int timeout_ms) {
  std::array<pollfd, 2> fds{pollfd{out_fd_, POLLIN, 0}, pollfd{err_fd_, POLLIN, 0}};
  if (poll(fds.data(), fds.size(), timeout_ms) <= 0) return true;
  const std::array<std::pair<int*, std::string*>, 2> pipes{
      {{&out_fd_, &ended_.out}, {&err_fd_, &ended_.err}}};
  for (std::size_t i = 0; i < pipes.size(); ++i) {
    if (fds.at(i).revents == 0) continue;
    std::array<char, 4096> bytes{};
    const ssize_t size = read(*pipes.at(i).first, bytes.data(), bytes.size());
    if (size > 0) {
      pipes.at(i).second->append(bytes.data(), static_cast<std::size_t>(size));
    } else {
      close(*pipes.at(i).first);
      *pipes.at(i).first = -1;  // poll ignores it from now on
    }
  }
  return out_fd_ >= 0 || err_fd_ >= 0;
}

bool Process::wait_for_stderr(const std::string& text) { return wait_for(ended_.err, text); }

bool Process::wait_for_stdout(const std::string& text) { return wait_for(ended_.out, text); }

bool Process::wait_for(const std::string& said, const std::string& text) {
  const auto deadline = Clock::now() + kDeadline;
  while (said.find(text) == std::string::npos) {
    if (Clock::now() > deadline || !read_more(kLookMs)) return false;
  }
  return true;
}

void Process::signal(int number) const { kill(pid_, number); }

Ended Process::wait() {
  const auto deadline = Clock::now() + kDeadline;
  while (read_more(kLookMs)) {
    if (Clock::now() > deadline) {
      kill(pid_, SIGKILL);
      break;
    }
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  ended_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ended_;
}

Ended tidegate(const std::vector<std::string>& arguments, const std::filesystem::path& folder) {
  return Process(arguments, folder).wait();
}

}  // namespace tidegate::test
