"""The view of the servers, where not all of them answer."""

import pytest
from playwright.sync_api import Page, expect

from tests.ui.house import House, sign_in

pytestmark = pytest.mark.timeout(120)


def test_a_server_that_does_not_answer_holds_up_none_of_the_others(house: House, page: Page) -> None:
    silent = house.systems[0]
    page.route(f"**{silent}", lambda route: None)
    sign_in(page, house, at="#/fleet")
    powers = page.locator(".fleet .cell-power")
    expect(powers.filter(has_text="…")).to_have_count(1)
    assert powers.count() == len(house.admin.members("/redfish/v1/AggregationService/AggregationSources"))
