// SPDX-License-Identifier: Apache-2.0
// Names for clang's thread safety attributes, so that `-Wthread-safety` proves which lock guards
// what. Other compilers ignore them. Meaning of each: clang's documentation, "Thread Safety
// Analysis".
#pragma once

#if defined(__clang__)
#define TIDEGATE_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define TIDEGATE_THREAD_ATTRIBUTE(x)
#endif

// On a member: it is touched only while the lock is held.
#define TIDEGATE_GUARDED_BY(lock) TIDEGATE_THREAD_ATTRIBUTE(guarded_by(lock))
// On a pointer: what it points to is touched only while the lock is held.
#define TIDEGATE_PT_GUARDED_BY(lock) TIDEGATE_THREAD_ATTRIBUTE(pt_guarded_by(lock))

// On a function, or on a lambda after its parameters: the caller holds the lock; the caller does
// not hold it.
#define TIDEGATE_REQUIRES(...) TIDEGATE_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define TIDEGATE_EXCLUDES(...) TIDEGATE_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))

// For the wrappers in mutex.hpp.
#define TIDEGATE_CAPABILITY(name)          TIDEGATE_THREAD_ATTRIBUTE(capability(name))
#define TIDEGATE_SCOPED_CAPABILITY         TIDEGATE_THREAD_ATTRIBUTE(scoped_lockable)
#define TIDEGATE_ACQUIRE(...)              TIDEGATE_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define TIDEGATE_RELEASE(...)              TIDEGATE_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))
#define TIDEGATE_NO_THREAD_SAFETY_ANALYSIS TIDEGATE_THREAD_ATTRIBUTE(no_thread_safety_analysis)
