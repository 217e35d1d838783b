"""Sentences: what a stranger reads of a finding, by the words that a comparison gives."""

import pytest

from pytest_cxone.drift import Finding, FindingId, Severity
from pytest_cxone.report.sentences import sentence


def said(id_, before, after, path="$[*].team.name"):
    return sentence(
        Finding(
            id=id_,
            severity=Severity.BREAKING,
            operation="listAgentStates",
            status=200,
            path=path,
            before=before,
            after=after,
            samples=(3, 70),
        )
    )


SENTENCES = {
    (FindingId.STATUS_CHANGED, "401", "403", "status"): "The status is 403 where it was 401",
    (FindingId.STATUS_ADDED, "200, 404", "403", "status"): "The status 403 is new, beside 200, 404",
    (FindingId.MEDIA_TYPE_CHANGED, "application/json", "text/html", "media type"): (
        "The media type is text/html where it was application/json"
    ),
    (FindingId.HEADER_REMOVED, "present", "absent", "header retry-after"): "The header retry-after is gone",
    (FindingId.HEADER_ADDED, "absent", "present", "header sunset"): "The header sunset is new",
    (FindingId.EMPTY_CHANGED, "200 with []", "204 without a body", "empty answer"): (
        "Where there is nothing to tell, the answer is 204 without a body, and was 200 with []"
    ),
    (FindingId.PAGE_SIZE_CHANGED, "100 of 100", "25 of 100", "page size"): (
        "A page has 25 rows where 100 are asked for, and had 100"
    ),
    (FindingId.PAGE_SIZE_CHANGED, "100 of the default", "25 of the default", "page size"): (
        "A page has 25 rows by default, and had 100"
    ),
    (FindingId.PAGE_SIZE_CHANGED, "many", "few", "page size"): "A page has few rows, and had many",
    (FindingId.ORDER_CHANGED, "agentId ascending", "no order", "order"): (
        "Rows come in another order: none, and it was by agentId ascending"
    ),
    (FindingId.LIFETIME_CHANGED, "3600", "600", "$.expires_in"): "A token lives 600 s, and lived 3600 s",
    (FindingId.ENVELOPE_ADDED, "$", "$.agents", "$"): "An envelope is new: what was the body is at $.agents",
    (FindingId.ENVELOPE_REMOVED, "$[*].state.name", "$[*].name", "$[*].state"): (
        "An envelope is gone: what was at $[*].state.name is at $[*].name"
    ),
    (FindingId.BODY_TYPE_CHANGED, "array", "integer or object", "$"): (
        "The body is an integer or an object where it was an array"
    ),
    (FindingId.BODY_BECAME_NULLABLE, "never null", "null in 1 of 4", "$"): (
        "The body is null in 1 of 4, and was never null"
    ),
    (FindingId.REMOVED, "string", "absent"): "name is gone",
    (FindingId.RECASED, "teamName", "team_name"): "teamName is spelled team_name now",
    (FindingId.TYPE_CHANGED, "string", "integer"): "name is an integer where it was a string",
    (FindingId.TYPE_CHANGED, "object", "string", "$[*]"): "A row is a string where it was an object",
    (FindingId.TYPE_CHANGED, "object", "string", "$.skills[*]"): "A row of skills is a string where it was an object",
    (FindingId.BECAME_NULLABLE, "never null", "null in 3 of 70"): "name is null in 3 of 70, and was never null",
    (FindingId.BECAME_OPTIONAL, "always present", "present in 3 of 70"): (
        "name is present in 3 of 70, and was always present"
    ),
    (FindingId.ADDED, "absent", "string"): "name is new",
    (FindingId.FORMAT_CHANGED, "date", "number"): "name is written as number where it was date",
    (FindingId.VALUE_RECASED, "Available", "AVAILABLE"): (
        "Values of name are spelled otherwise: AVAILABLE, and were Available"
    ),
    (FindingId.VALUES_REPLACED, "A, B", "1, 2"): "All values of name are others: 1, 2, and were A, B",
    (FindingId.VALUE_ADDED, "not among the values", "Away"): "name has a value that was not known: Away",
    (FindingId.CONTRACT, "string", "integer"): "name breaks the contract: expected string, got integer",
}


@pytest.mark.parametrize(("words", "expected"), SENTENCES.items(), ids=SENTENCES.values())
def test_a_finding_is_said_in_plain_words(words, expected):
    assert said(*words) == expected


def test_every_kind_of_finding_has_a_sentence():
    assert {words[0] for words in SENTENCES} == set(FindingId)
