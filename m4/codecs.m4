# SPDX-License-Identifier: Apache-2.0
# Libraries that undo what log files are compressed with. zlib has to be there; without one of the
# others pfxlog says so when it meets such a file. Sets CODEC_CFLAGS and CODEC_LIBS.
AC_DEFUN([PFX_CODECS], [
CODEC_CFLAGS="$ZLIB_CFLAGS"
CODEC_LIBS="$ZLIB_LIBS"
AC_ARG_WITH([lzma], [AS_HELP_STRING([--without-lzma], [pfxlog does not read .xz])])
AC_ARG_WITH([bzip2], [AS_HELP_STRING([--without-bzip2], [pfxlog does not read .bz2])])
AC_ARG_WITH([zstd], [AS_HELP_STRING([--without-zstd], [pfxlog does not read .zst])])
pfx_lzma=no pfx_bzip2=no pfx_zstd=no
AS_IF([test "x$with_lzma" != xno], [PKG_CHECK_MODULES([LZMA], [liblzma], [pfx_lzma=yes], [:])])
AS_IF([test "x$with_zstd" != xno], [PKG_CHECK_MODULES([ZSTD], [libzstd], [pfx_zstd=yes], [:])])
# It has no file for pkg-config everywhere.
AS_IF([test "x$with_bzip2" != xno],
  [AC_CHECK_HEADER([bzlib.h], [AC_CHECK_LIB([bz2], [BZ2_bzDecompress], [pfx_bzip2=yes], [:])])])
AS_IF([test $pfx_lzma = yes], [CODEC_CFLAGS="$CODEC_CFLAGS $LZMA_CFLAGS -DPFX_LZMA"
  CODEC_LIBS="$CODEC_LIBS $LZMA_LIBS"])
AS_IF([test $pfx_bzip2 = yes], [CODEC_CFLAGS="$CODEC_CFLAGS -DPFX_BZIP2"
  CODEC_LIBS="$CODEC_LIBS -lbz2"])
AS_IF([test $pfx_zstd = yes], [CODEC_CFLAGS="$CODEC_CFLAGS $ZSTD_CFLAGS -DPFX_ZSTD"
  CODEC_LIBS="$CODEC_LIBS $ZSTD_LIBS"])
AS_IF([test "x$with_lzma" = xyes && test $pfx_lzma = no], [AC_MSG_ERROR([liblzma is missing])])
AS_IF([test "x$with_bzip2" = xyes && test $pfx_bzip2 = no], [AC_MSG_ERROR([libbz2 is missing])])
AS_IF([test "x$with_zstd" = xyes && test $pfx_zstd = no], [AC_MSG_ERROR([libzstd is missing])])
AC_SUBST([CODEC_CFLAGS])
AC_SUBST([CODEC_LIBS])
])
