"""What the settings say to the web layer."""

from config.loading import Settings
from web.services import WebOptions


def options_of(settings: Settings) -> WebOptions:
    """The options that these settings set."""
    web, token = settings.web, settings.metrics.token
    return WebOptions(
        max_body=web.max_body,
        max_headers=web.max_headers,
        body_timeout=web.body_timeout,
        retry_after=web.retry_after,
        longest_wait=web.longest_wait,
        requests_per_second=web.requests_per_second,
        page_size=web.page_size,
        query_timeout=web.query_timeout,
        metrics_token=token.get_secret_value() if token else "",
    )
