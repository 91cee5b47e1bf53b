"""What people publishes. Every fact is an id or a code."""

APPOINTED = "people.appointed"  # subject: the post; facts: person, role
POST_ENDED = "people.post_ended"  # subject: the post; facts: person, role
PERSON_ADDED = "people.person_added"  # subject: the person
LOGIN_RESET = "people.login_reset"  # subject: the person
LEFT = "people.left"  # subject: the person
UNSEALED = "people.unsealed"  # subject: what it was opened for; facts: unsealing, identity, fields, role
IDENTITY_ERASED = "people.identity_erased"  # subject: the identity; facts: purpose
PERSON_ERASED = "people.person_erased"  # subject: the person
CONSENTED = "people.consented"  # subject: the consent; facts: identity, purpose, how
CONSENT_WITHDRAWN = "people.consent_withdrawn"  # subject: the consent; facts: identity, purpose
TOKEN_MADE = "people.token_made"  # noqa: S105 (an event's kind, not a secret)
TOKEN_REVOKED = "people.token_revoked"  # noqa: S105 (as above)
