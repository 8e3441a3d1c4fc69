"""How long each organisation keeps its part of the audit trail."""

from trousseau.audit import retention
from trousseau.organisations.models import Organisation


def purge() -> int:
    """Remove what is over from a segment of the trail; return how many were looked at."""
    unusual = Organisation.objects.exclude(trail_months=retention.USUAL_MONTHS)
    return retention.purge(dict(unusual.values_list("slug", "trail_months")))
