"""Every table of the platform in one import, for migrations and for tests that walk them."""

from __future__ import annotations

from campaign_app.accounts import models as accounts
from campaign_app.campaigns import models as campaigns
from campaign_app.database import Base
from campaign_app.delivery import models as delivery
from campaign_app.evidence import append_only, wordings
from campaign_app.evidence import models as evidence
from campaign_app.handin import models as handin
from campaign_app.letters import models as letters
from campaign_app.petitions import models as petitions
from campaign_app.places import models as places
from campaign_app.privacy import models as privacy
from campaign_app.reporting import models as reporting
from campaign_app.service_pledge import models as service_pledge
from campaign_app.supporters import models as supporters
from campaign_app.targets import models as targets
from campaign_app.vault import models as vault
from campaign_app.volunteers import models as volunteers

ROOMS = (
    vault,
    evidence,
    append_only,
    wordings,
    accounts,
    campaigns,
    delivery,
    handin,
    letters,
    petitions,
    places,
    privacy,
    reporting,
    service_pledge,
    supporters,
    targets,
    volunteers,
)

metadata = Base.metadata
