# SPDX-License-Identifier: Apache-2.0
# HARDENING_CFLAGS, HARDENING_LDFLAGS: what this compiler and these CFLAGS take without a warning
# (_FORTIFY_SOURCE complains without optimization).
AC_DEFUN([PFX_HARDENING], [
  AC_LANG_ASSERT([C])
  HARDENING_CFLAGS=
  HARDENING_LDFLAGS=
  for pfx_flag in -fstack-protector-strong -D_FORTIFY_SOURCE=2; do
    pfx_saved_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -Werror $pfx_flag"
    AC_MSG_CHECKING([whether $CC takes $pfx_flag])
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <string.h>]], [[char a[9]; memset(a, 0, 9);]])],
      [AC_MSG_RESULT([yes])
       HARDENING_CFLAGS="$HARDENING_CFLAGS $pfx_flag"],
      [AC_MSG_RESULT([no])])
    CFLAGS=$pfx_saved_CFLAGS
  done
  pfx_saved_LDFLAGS=$LDFLAGS
  LDFLAGS="$LDFLAGS -Wl,-z,relro -Wl,-z,now"
  AC_MSG_CHECKING([whether the linker takes -z relro -z now])
  AC_LINK_IFELSE([AC_LANG_PROGRAM],
    [AC_MSG_RESULT([yes])
     HARDENING_LDFLAGS="-Wl,-z,relro -Wl,-z,now"],
    [AC_MSG_RESULT([no])])
  LDFLAGS=$pfx_saved_LDFLAGS
  AC_SUBST([HARDENING_CFLAGS])
  AC_SUBST([HARDENING_LDFLAGS])
])
