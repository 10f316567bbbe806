"""Problems in every form that ``check --format`` offers."""

import json

from feedsvc import report
from feedsvc.errors import ConfigError, Problem

DATE = Problem(
    "feeds/news/2024.yaml",
    31,
    14,
    "published",
    "'31.13.2024'",
    "a date such as 2024-07-26 or 26.07.2024",
    "month 13 does not exist",
)
WHOLE = Problem("feeds/a,b.yaml", 0, 0, "file", "100%\nof it", "less", "cut it", "warning")


def test_text_is_one_line_in_the_form_of_the_house():
    assert report.text([DATE]) == (
        "feeds/news/2024.yaml:31:14: published: found '31.13.2024'; expected a date such as "
        "2024-07-26 or 26.07.2024; fix: month 13 does not exist"
    )


def test_text_of_a_whole_file_names_no_line_and_marks_a_warning():
    assert report.text([WHOLE]).startswith("feeds/a,b.yaml: warning: file: found 100%")


def test_json_holds_every_field():
    first, second = json.loads(report.as_json([DATE, WHOLE]))
    assert first["line"] == 31
    assert first["fix"] == "month 13 does not exist"
    assert second["severity"] == "warning"


def test_github_escapes_what_would_end_the_command():
    lines = report.github([DATE, WHOLE]).splitlines()
    assert lines[0].startswith(
        "::error file=feeds/news/2024.yaml,line=31,col=14,title=published::published: found "
    )
    assert lines[1].startswith("::warning file=feeds/a%2Cb.yaml,line=1,col=1,title=file::")
    assert "100%25\\nof it" in lines[1]


def test_sarif_is_version_2_1_0_with_a_result_each():
    log = json.loads(report.sarif([DATE, WHOLE]))
    assert log["version"] == "2.1.0"
    results = log["runs"][0]["results"]
    assert [result["level"] for result in results] == ["error", "warning"]
    place = results[0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "feeds/news/2024.yaml"
    assert place["region"] == {"startLine": 31, "startColumn": 14}
    assert results[1]["locations"][0]["physicalLocation"]["region"]["startLine"] == 1


def test_an_error_carries_all_its_problems_sorted():
    error = ConfigError([DATE, WHOLE])
    assert [p.file for p in error.problems] == ["feeds/a,b.yaml", "feeds/news/2024.yaml"]
    assert str(error).count("\n") == 1  # one line each, whatever was found
