# SPDX-License-Identifier: Apache-2.0
# The one place that finds rsyslog. Distributions ship no headers for modules, so they come from
# the source of the very version that runs. Sets RSYSLOG_SRC, RSYSLOG_CPPFLAGS, RSYSLOGD, moddir,
# and the conditional HAVE_RSYSLOG; without a source tree everything but the module is built.

AC_DEFUN([PFX_RSYSLOG], [
  AC_ARG_WITH([rsyslog-src],
    [AS_HELP_STRING([--with-rsyslog-src=DIR],
      [source tree of the installed rsyslog, needs no ./configure (without: no module)])],
    [], [with_rsyslog_src=no])
  AC_ARG_ENABLE([version-check],
    [AS_HELP_STRING([--disable-version-check],
      [allow a source tree of another version than the installed rsyslogd])])
  AC_ARG_WITH([moddir],
    [AS_HELP_STRING([--with-moddir=DIR], [where rsyslog looks for modules @<:@what rsyslogd says@:>@])],
    [], [with_moddir=ask])
  AC_PATH_PROG([RSYSLOGD], [rsyslogd], [], [$PATH:/usr/sbin:/sbin])
  AS_IF([test "x$with_moddir" = xask], [_PFX_RSYSLOG_MODDIR], [moddir=$with_moddir])
  AC_SUBST([moddir])

  RSYSLOG_SRC=
  RSYSLOG_CPPFLAGS=
  AS_CASE([$with_rsyslog_src],
    [no], [pfx_module="the module is not built: no --with-rsyslog-src=DIR was given"],
    [yes], [AC_MSG_ERROR([--with-rsyslog-src needs the directory: --with-rsyslog-src=DIR])],
    [_PFX_RSYSLOG_SOURCE
     _PFX_RSYSLOG_VERSION
     _PFX_RSYSLOG_MACROS
     _PFX_RSYSLOG_PROBE
     pfx_module="the module is built for rsyslog $pfx_src_version"])
  AC_SUBST([RSYSLOG_SRC])
  AC_SUBST([RSYSLOG_CPPFLAGS])
  AC_SUBST([RSYSLOG_CONFIGURE_FLAGS])
  AM_CONDITIONAL([HAVE_RSYSLOG], [test -n "$RSYSLOG_SRC"])
])

# rsyslogd has the directory compiled in and no option that tells it: it is the path in the program
# where a module lies that every rsyslogd has.
AC_DEFUN([_PFX_RSYSLOG_MODDIR], [
  AC_MSG_CHECKING([where rsyslogd looks for modules])
  moddir='${libdir}/rsyslog'
  AS_IF([test -n "$RSYSLOGD"],
    [for pfx_dir in $(LC_ALL=C tr -c '@<:@:graph:@:>@' '\n' <"$RSYSLOGD" | sed -n 's,^\(/.*@<:@^/@:>@\)/*$,\1,p' | sort -u); do
       AS_IF([test -f "$pfx_dir/lmnet.so"], [moddir=$pfx_dir; break])
     done])
  AC_MSG_RESULT([$moddir])
])

AC_DEFUN([_PFX_RSYSLOG_SOURCE], [
  AC_MSG_CHECKING([for the source of rsyslog])
  RSYSLOG_SRC=$(cd "$with_rsyslog_src" 2>/dev/null && pwd)
  AS_IF([test -z "$RSYSLOG_SRC" || test ! -f "$RSYSLOG_SRC/runtime/rsyslog.h"],
    [AC_MSG_ERROR([$with_rsyslog_src holds no rsyslog: no runtime/rsyslog.h there])])
  AC_MSG_RESULT([$RSYSLOG_SRC])
  # Which headers stand at the root and which under runtime/ differs between releases.
  RSYSLOG_CPPFLAGS="-I$RSYSLOG_SRC -I$RSYSLOG_SRC/runtime -I$RSYSLOG_SRC/grammar"
  RSYSLOG_CONFIGURE_FLAGS="--with-rsyslog-src=$RSYSLOG_SRC"
])

AC_DEFUN([_PFX_RSYSLOG_VERSION], [
  AC_MSG_CHECKING([the version of that source])
  pfx_src_version=$(sed -n 's/^A._INIT(\@<:@rsyslog\@:>@, *\@<:@\(@<:@^@:>@@:>@*\)\@:>@.*/\1/p' \
    "$RSYSLOG_SRC/configure.ac" 2>/dev/null | sed 's/\.master$//;1q')
  AC_MSG_RESULT([${pfx_src_version:-unknown}])
  AS_VERSION_COMPARE([${pfx_src_version:-999999}], [8.2302],
    [AC_MSG_ERROR([rsyslog $pfx_src_version is too old: the oldest that mmpostfix works with is 8.2302.
Before it rsyslog did not tell modules of a HUP])])
  AS_IF([test "x$enable_version_check" = xno],
    [RSYSLOG_CONFIGURE_FLAGS="$RSYSLOG_CONFIGURE_FLAGS --disable-version-check"],
    [AS_IF([test -z "$RSYSLOGD"],
      [AC_MSG_NOTICE([no rsyslogd here to compare with])],
      [pfx_run_version=$("$RSYSLOGD" -v 2>/dev/null | sed -n '1s/^rsyslogd *\(@<:@^ ,@:>@*\).*/\1/p')
       AS_IF([test "x$pfx_src_version" != "x$pfx_run_version"],
         [AC_MSG_ERROR([the source is rsyslog ${pfx_src_version:-unknown}, but $RSYSLOGD is ${pfx_run_version:-unknown}.
A module built for another version can load and go wrong silently. Give the source of the
installed version, or --disable-version-check if the module is for another machine])])])])
])

# What rsyslog's own ./configure would have found. The layout of its objects hangs on NDEBUG and
# the atomics; a module built without them loads, and is silently wrong.
AC_DEFUN([_PFX_RSYSLOG_MACROS], [
  AS_CASE([" $CPPFLAGS $CFLAGS "],
    [*" -UNDEBUG "*|*" -U NDEBUG "*],
    [AC_MSG_ERROR([-UNDEBUG in CFLAGS or CPPFLAGS: the module must be built with NDEBUG, as rsyslogd was])])
  AC_DEFINE([NDEBUG], [1], [As rsyslogd was built; object layout hangs on it])
  AC_DEFINE([FEATURE_REGEXP], [1], [As rsyslogd was built])
  AC_DEFINE([HAVE_ATOMIC_BUILTINS], [1], [As rsyslogd was built; object layout hangs on it])
  AC_DEFINE([HAVE_ATOMIC_BUILTINS64], [1], [As rsyslogd was built; counters hang on it])
  AC_DEFINE([HAVE_BUILTIN_EXPECT], [1], [For rsyslog's headers])
  AC_DEFINE([HAVE_LSEEK64], [1], [For rsyslog's headers])
  AC_DEFINE([HAVE_OFF64_T], [1], [For rsyslog's headers])
  AC_DEFINE([HAVE_PTHREAD_SETSCHEDPARAM], [1], [For rsyslog's headers])
  AC_DEFINE([OS_LINUX], [1], [For rsyslog's headers])
  AC_DEFINE([SYSLOG_INET], [1], [For rsyslog's headers])
  AC_DEFINE([PATH_PIDFILE], ["/var/run/rsyslogd.pid"], [For rsyslog's headers])
  AC_CHECK_HEADERS([sys/time.h time.h])
  AC_CHECK_FUNCS([strndup asprintf vasprintf])
])

AC_DEFUN([_PFX_RSYSLOG_PROBE], [
  AC_MSG_CHECKING([whether rsyslog's headers compile])
  pfx_saved_CPPFLAGS=$CPPFLAGS
  # Since 8.2606 they ask for config.h themselves, which is not made yet: what is known so far.
  mkdir -p conftest.headers
  cp confdefs.h conftest.headers/config.h
  CPPFLAGS="-Iconftest.headers $CPPFLAGS -D_GNU_SOURCE $RSYSLOG_CPPFLAGS $FASTJSON_CFLAGS $ESTR_CFLAGS"
  AC_COMPILE_IFELSE(
    [AC_LANG_PROGRAM([[
#include "rsyslog.h"
#include "conf.h"
#include "template.h"
#include "msg.h"
#include "module-template.h"
#include "statsobj.h"
      ]], [[
rsRetVal (*add)(smsg_t *, uchar *, struct json_object *, int, int) = msgAddJSON;
rsRetVal (*del)(smsg_t *, uchar *) = msgDelJSON;
return add == 0 || del == 0;
      ]])],
    [AC_MSG_RESULT([yes])],
    [AC_MSG_RESULT([no])
     AC_MSG_ERROR([a module can not be compiled against $RSYSLOG_SRC, see config.log])])
  CPPFLAGS=$pfx_saved_CPPFLAGS
  rm -rf conftest.headers
])
