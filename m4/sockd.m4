dnl SPDX-License-Identifier: MIT
dnl Compiler and linker flags that not every compiler knows. The results are collected in
dnl SOCKD_CFLAGS, SOCKD_CPPFLAGS and SOCKD_LDFLAGS, so that CFLAGS stays the user's own.

dnl SOCKD_CHECK_CFLAGS(FLAGS, [ACTION-IF-ALL-KNOWN], [ACTION-IF-ONE-IS-UNKNOWN])
AC_DEFUN([SOCKD_CHECK_CFLAGS], [
        AC_SUBST([SOCKD_CFLAGS])
        sockd_all_known=yes
        for sockd_flag in $1; do
                AC_MSG_CHECKING([whether the compiler knows $sockd_flag])
                sockd_save_CFLAGS=$CFLAGS
                dnl gcc takes any -Wno-X in silence, so ask for the positive form.
                sockd_try=`AS_ECHO(["$sockd_flag"]) | sed 's/^-Wno-/-W/'`
                CFLAGS="$SOCKD_CFLAGS $sockd_try -Werror"
                AC_COMPILE_IFELSE([AC_LANG_SOURCE([[extern int sockd_here; int sockd_here;]])],
                        [AC_MSG_RESULT([yes])
                         SOCKD_CFLAGS="$SOCKD_CFLAGS $sockd_flag"],
                        [AC_MSG_RESULT([no])
                         sockd_all_known=no])
                CFLAGS=$sockd_save_CFLAGS
        done
        AS_IF([test $sockd_all_known = yes], [m4_default([$2], [:])], [m4_default([$3], [:])])
])

dnl SOCKD_CHECK_LDFLAGS(FLAGS)
AC_DEFUN([SOCKD_CHECK_LDFLAGS], [
        AC_SUBST([SOCKD_LDFLAGS])
        for sockd_flag in $1; do
                AC_MSG_CHECKING([whether the linker knows $sockd_flag])
                sockd_save_LDFLAGS=$LDFLAGS
                sockd_save_CFLAGS=$CFLAGS
                LDFLAGS="$LDFLAGS $sockd_flag -Werror"
                CFLAGS="$CFLAGS -fPIE"
                AC_LINK_IFELSE([AC_LANG_PROGRAM()],
                        [AC_MSG_RESULT([yes])
                         SOCKD_LDFLAGS="$SOCKD_LDFLAGS $sockd_flag"],
                        [AC_MSG_RESULT([no])])
                LDFLAGS=$sockd_save_LDFLAGS
                CFLAGS=$sockd_save_CFLAGS
        done
])

dnl Level 3 where compiler and libc know it, else 2. A level the user or the distribution already
dnl chose stays; without optimization the libc headers would only warn.
AC_DEFUN([SOCKD_CHECK_FORTIFY], [
        AC_SUBST([SOCKD_CPPFLAGS])
        sockd_save_CPPFLAGS=$CPPFLAGS
        sockd_save_CFLAGS=$CFLAGS
        AC_MSG_CHECKING([for the level of _FORTIFY_SOURCE])
        sockd_fortify=no
        for sockd_level in 3 2; do
                AS_IF([test $sockd_fortify = no], [
                        CPPFLAGS="$sockd_save_CPPFLAGS -D_FORTIFY_SOURCE=$sockd_level"
                        CFLAGS="$sockd_save_CFLAGS -Werror"
                        AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>]])],
                                [sockd_fortify=$sockd_level])
                ])
        done
        CPPFLAGS=$sockd_save_CPPFLAGS
        CFLAGS=$sockd_save_CFLAGS
        AC_MSG_RESULT([$sockd_fortify])
        AS_IF([test $sockd_fortify != no],
                [SOCKD_CPPFLAGS="$SOCKD_CPPFLAGS -D_FORTIFY_SOURCE=$sockd_fortify"])
])

dnl SOCKD_DIRECTORY(VARIABLE, WHAT, DEFAULT, [COMMANDS that set the default])
dnl Sets VARIABLE, which --with-VARIABLE=DIR overrules, and the conditional WITH_VARIABLE.
AC_DEFUN([SOCKD_DIRECTORY], [
AC_ARG_WITH([$1],
        [AS_HELP_STRING([--with-$1=DIR], [directory for $2, "no" to install none @<:@$3@:>@])],
        [$1=$withval], [$4])
AS_CASE([$][$1], [/*|'$'*|no], [], [AC_MSG_ERROR([--with-$1 needs an absolute directory])])
AC_SUBST([$1])
AM_CONDITIONAL(m4_toupper([WITH_$1]), [test "$[]$1" != no])
])

dnl SOCKD_SYSTEMD_DIRECTORY(VARIABLE, WHAT)
dnl A directory that systemd.pc names. An error when it does not; but who wants no units needs none of the others.
AC_DEFUN([SOCKD_SYSTEMD_DIRECTORY], [
SOCKD_DIRECTORY([$1], [$2], [from pkg-config systemd],
        [AS_IF([test "$systemdsystemunitdir" = no], [$1=no],
                [PKG_CHECK_VAR([$1], [systemd], [$1], [],
                        [AC_MSG_ERROR([pkg-config does not know where $2 go: install systemd.pc (Debian 12: systemd, later: systemd-dev) or give --with-$1=DIR])])])])
])
