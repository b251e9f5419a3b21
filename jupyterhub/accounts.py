"""Who may log in, and what instructors may do in the hub: stop servers, not look into them."""

import grp
import os
import pwd

from jupyterhub.auth import PAMAuthenticator

# An admin of JupyterHub may enter every server, so act as every student: nobody is one.
INSTRUCTORS_MAY = [
    "admin-ui",
    "list:users",
    "read:users:activity",
    "read:servers",
    "delete:servers",
]


class AccountsOfTheSystem(PAMAuthenticator):
    """Users of the system with their passwords; the hub learns which groups they are in."""

    async def authenticate(self, handler, data):
        """Return the user's name and groups, or None."""
        name = await super().authenticate(handler, data)
        if name is None:
            return None
        ids = os.getgrouplist(name, pwd.getpwnam(name).pw_gid)
        groups = [grp.getgrgid(number).gr_name for number in ids]
        known = [group for group in groups if group in self.allowed_groups]
        return {"name": name, "groups": known, "admin": False}
