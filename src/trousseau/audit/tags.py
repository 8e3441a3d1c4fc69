"""The names of events, after OWASP's logging vocabulary where it has one (LOG-04).

docs/audit.md says of each when it is written and what it holds.
"""

from enum import StrEnum


class Tag(StrEnum):
    """What happened."""

    SIGN_IN = "authn_login_success"
    SIGN_IN_REFUSED = "authn_login_fail"
    SIGN_IN_FAILED_TOO_OFTEN = "authn_login_fail_max"
    SIGN_IN_AFTER_FAILURES = "authn_login_successafterfail"
    FAILURES_CLEARED = "authn_login_fail_cleared"
    DEVICE_FORGOTTEN = "device_forgotten"
    SIGN_OUT = "authn_logout"
    CONFIRMED = "authn_confirmed"
    IDENTITY_LINKED = "identity_linked"
    IDENTITY_UNLINKED = "identity_unlinked"
    PASSWORD_CHANGED = "authn_password_change"
    PASSWORD_CHANGE_REFUSED = "authn_password_change_fail"
    PASSWORD_WITHDRAWN = "authn_password_withdrawn"
    CREDENTIAL_ISSUED = "authn_token_created"
    CREDENTIAL_REUSED = "authn_token_reuse"
    CREDENTIAL_REVOKED = "authn_token_revoked"
    CREDENTIAL_REFUSED = "sequence_fail"
    SESSION_ENDED = "session_expired"
    RECOVERY_ASKED = "recovery_asked"
    RECOVERY_ANSWERED = "recovery_answered"
    RECOVERY_DONE = "recovery_done"
    ADDRESS_ADDED = "address_added"
    ADDRESS_CONFIRMED = "address_confirmed"
    ADDRESS_REMOVED = "address_removed"
    ADDRESS_OBJECTED = "address_objected"
    ADDRESS_REFUSED = "address_refused"
    DETAILS_CHANGED = "user_updated"
    ACCOUNT_ADDED = "user_created"
    ACCOUNT_DELETED = "user_deleted"
    ORGANISATION_CHANGED = "authz_admin"
    HELP_ASKED = "help_asked"
    FORBIDDEN = "authz_fail"
    INPUT_REFUSED = "input_validation_fail"
    LIMIT_EXCEEDED = "excess_rate_limit_exceeded"
    UNEXPECTED_ERROR = "sys_crash"
    APPLICATION_OPENED = "application_opened"
    APPLICATION_ENTERED = "application_entered"
    APPLICATION_REFUSED = "application_refused"
    APPLICATION_ADDED = "application_added"
    APPLICATION_CHANGED = "application_changed"
    APPLICATION_REMOVED = "application_removed"
    TICKET_REUSED = "authn_token_reuse_ticket"


class Outcome(StrEnum):
    """How it ended."""

    SUCCESS = "success"
    REFUSED = "refused"
