from django.apps import AppConfig


class CasServerConfig(AppConfig):
    name = "trousseau.cas_server"
    verbose_name = "CAS server"

    def ready(self) -> None:
        from trousseau.accounts import home, reach
        from trousseau.cas_server import tiles
        from trousseau.cas_server.services import purging, sign_ons, single_logout
        from trousseau.work import duties

        sign_ons.follow_sessions()
        home.register(tiles.section)
        reach.register(sign_ons.applications)
        duties.register("tell applications of sign-outs", duties.OUTSIDE, single_logout.deliver)
        duties.register("forget spent tickets", duties.BULK, purging.purge)
