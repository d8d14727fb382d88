#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An output has a mode and a group: a file that sockd creates gets them, also in place of one that was moved, and after
a reload that changes them. A file that exists keeps its own. A group that nobody has is an error of the config file."""

import os
import stat

import harness as h


def a_group(s):
    """One that files here do not get by themselves, if this user can give them to one."""
    with open(s.path("probe"), "xb") as f:
        for group in [12345, *os.getgroups()]:
            if group == os.fstat(f.fileno()).st_gid:
                continue
            try:
                os.fchown(f.fileno(), -1, group)
                return group
            except OSError:
                pass
    return None


def owner(path):
    st = os.stat(path)
    return oct(stat.S_IMODE(st.st_mode)), st.st_gid


def rotate(s, c, name):
    os.rename(s.log, s.path(name))
    h.wait_for(lambda: os.path.exists(s.log), "a new file")
    c.send(b"message\n").receipts(1)


def test_mode():
    with h.Sockd(outputs=[h.file(mode="0664")]) as s, s.connect() as c:
        c.send(b"message\n").receipts(1)
        assert owner(s.log)[0] == "0o664"
        os.chmod(s.log, 0o600)
        s.reload(outputs=[h.file(mode="0644")])
        assert owner(s.log)[0] == "0o600", "a file that exists keeps its mode"
        rotate(s, c, "1")
        assert owner(s.log)[0] == "0o644"
        assert "cannot give" not in s.stderr
        s.stop()


def test_group():
    with h.Sockd() as s, s.connect() as c:
        group = a_group(s)
        if group is None:
            raise h.Skip("this user can give files to no other group")
        s.reload(outputs=[h.file(group=str(group), mode="0640")])
        assert owner(s.log)[1] != group, "a file that exists keeps its group"
        for name in "12":
            rotate(s, c, name)
            assert owner(s.log) == ("0o640", group)
        assert "cannot give" not in s.stderr
        s.stop()


def test_unknown_group():
    with h.Sockd() as s:
        said = s.refuse_reload(outputs=[h.file(group="no-such-group")])
        assert '/sockd.conf:2: outputs[0].group: there is no group "no-such-group"' in said, said
        s.stop()


if __name__ == "__main__":
    h.main()
