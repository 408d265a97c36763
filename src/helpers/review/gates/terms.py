"""Words that say more than a retrospective cohort can show, and what to write instead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from helpers.review.findings import Severity

#: A reservation anywhere in the sentence: "whether it improved".
HEDGES = re.compile(
    r"\b(?:may|might|could|would|whether|hypothes\w+|suggests?|compatible with|unclear|unknown"
    r"|questions?|asks?)\b",
    re.IGNORECASE,
)
#: A negation before the words and in their clause: "is no estimate of its effect".
NEGATIONS = re.compile(
    r"\b(?:no|not|nor|never|neither|none|cannot|without)\b[^,;:]*$", re.IGNORECASE
)
CAUSE = "a cohort whose treatments were chosen by physicians shows association, not cause"


@dataclass(frozen=True)
class Term:
    """Words to look at.

    Attributes:
        words: The words, as a regular expression.
        why: What is wrong with them.
        instead: What to write.
        needs: What in the same sentence makes them right. "reservation": a negation, a hedge, or
            a citation, whose authors' words they are; "test": a bound p-value; "interval or
            test": one of both; "nothing": nothing does.
        severity: "error" where no sentence of such a study could be right with them.
    """

    words: str
    why: str
    instead: str
    needs: Literal["reservation", "test", "interval or test", "nothing"] = "reservation"
    severity: Severity = "warning"

    @property
    def pattern(self) -> re.Pattern[str]:
        """The words as whole words, in either case."""
        return re.compile(rf"(?<![\w-])(?:{self.words})(?![\w-])", re.IGNORECASE)


TERMS = (
    Term(r"led to|leads to|leading to", CAUSE, "was followed by, went with"),
    Term(r"result(?:s|ed|ing) in", CAUSE, "was followed by, went with"),
    Term(r"driven by|dr(?:ives|ove)|enabl(?:es|ed|ing)", CAUSE, "with, after"),
    Term(
        r"determin(?:es|ed) (?:the )?(?:survival|outcomes?|response|prognosis)",
        CAUSE,
        "was associated with",
    ),
    Term(
        r"caus(?:ed|ing)|because of treatment"
        r"|causes (?:the|an?|more|less|fewer|longer|shorter|better|worse)",
        CAUSE,
        "was associated with",
    ),
    Term(r"due to|owing to|thanks to|attributable to", CAUSE, "with, after"),
    Term(
        r"(?:significantly |markedly |clearly )?(?:improv(?:es|ed|ing)|enhanc(?:es|ed|ing))",
        CAUSE,
        "was higher with, was longer with",
    ),
    Term(
        r"prolong(?:s|ed|ing)|extend(?:s|ed)(?: [\w-]+)? (?:survival|PFS|OS)",
        CAUSE,
        "was longer with",
    ),
    Term(
        r"(?:reduc|decreas|increas|lower|rais|halv|doubl|tripl|mitigat|eliminat|boost|delay|avert"
        r"|shorten|lengthen)(?:e|es|s|ed|ing)(?: the)?"
        r"(?: (?!for\b|in\b|after\b|because\b|at\b|by\b|with\b)[\w-]+)?"
        r" (?:risk|hazard|mortality|odds|rates?|survival|PFS|OS|progression|relapse|death|toxicity"
        r"|responses?)",
        CAUSE,
        "a lower (higher) hazard was seen with",
    ),
    Term(
        r"conferr?(?:s|ed)|translat(?:es|ed|ing) into|contribut(?:es|ed|ing) to"
        r"|yield(?:s|ed) (?:\w+ )?(?:longer|shorter|deeper|higher|lower|better|more|fewer|durable)"
        r"|consequence of|help(?:s|ed) (?:\w+ )?(?:to )?(?:live|achieve|reach|prolong|maintain)"
        r"|(?:is|are|was|were) responsible for|cured",
        CAUSE,
        "was associated with, was followed by",
    ),
    Term(
        r"influenc(?:es|ed)|influences? of"
        r"|affect(?:s|ed)(?: the)?(?: [\w-]+)? (?:survival|PFS|OS|outcomes?|prognosis|responses?)",
        CAUSE,
        "association of … with",
    ),
    Term(
        r"(?:is|are|was|were|be) (?:\w+ )?(?:more|less|most) (?:effective|beneficial|active|potent)"
        r"|(?:is|are|was|were|be) beneficial|(?:worked|did|fared|performed) (?:better|worse)"
        r"|(?:the|our) best (?:regimen|treatment|option|choice|therapy)"
        r"|(?:survival|clinical|therapeutic|clear) advantages?",
        CAUSE,
        "state both rates and their difference with its interval",
    ),
    Term(
        r"should be (?:preferred|offered|given|recommended|the (?:new )?standard)|game[- ]changer",
        "a cohort without a control group does not tell what to give",
        "say what a trial would have to ask",
    ),
    Term(r"effects? of|effects? on|impact(?:s|ed)?(?: of| on)?", CAUSE, "association of … with"),
    Term(r"efficacy|effectiveness|efficacious", CAUSE, "response, outcome"),
    Term(r"protect(?:s|ed|ive)(?: against| from)?|prevent(?:s|ed)", CAUSE, "went with fewer"),
    Term(
        r"(?:benefit(?:s|t?ed)?|profit(?:s|ed)) (?:from|of|with)|derive[sd]? benefit"
        r"|(?:survival|PFS|OS) benefits?",
        CAUSE,
        "responded, lived longer",
    ),
    Term(
        r"overc(?:o|a)mes?|abrogat(?:es|ed)|superior(?: to)?|outperform(?:s|ed)?",
        CAUSE,
        "state both rates and their difference with its interval",
    ),
    Term(
        r"(?:is|are|was|were) (?:an? )?(?:highly |very )?(?:safe|effective)"
        r"(?: and (?:safe|effective))?|highly active",
        "without a control group neither safety nor effect was compared",
        "say how many responded and what adverse events were seen",
    ),
    Term(
        r"well[- ]tolerated|tolerable|(?:manageable|acceptable|favou?rable)"
        r"(?: (?:safety|toxicity|tolerability)(?: profile)?)?",
        "nothing says what would not have been tolerated",
        "give the rates of grade 3 or higher, of stops and of deaths",
    ),
    Term(
        r"promising|encouraging|remarkabl[ey]|striking(?:ly)?|unprecedented|impressive(?:ly)?"
        r"|excellent|dramatic(?:ally)?",
        "the word is the authors', not the data's",
        "give the estimate with its interval, and let the reader judge",
    ),
    Term(
        r"independent(?:ly)? (?:predict\w*|prognos\w+|associated|risk factors?)",
        "a reader cannot see what it was adjusted for, and how sure it is",
        "give the adjusted ratio with its interval, and what it was adjusted for",
        needs="interval or test",
    ),
    Term(
        r"significantly|(?:statistically |non-?)significant(?:ly)?"
        r"|not (?:statistically )?significant"
        r"|(?:was|were|is|are|remained|became)(?: (?!clinically)\w+ly)? significant"
        r"|(?:highly|most|more|less) significant"
        r"|significant (?:association|correlation|effect|impact|improvement|increase|decrease"
        r"|reduction|benefit|difference|trend|interaction|predictor|factor|prognostic|survival"
        r"|advantage)s?"
        r"|(?:reach|attain|achiev|show|retain)(?:e?s|ed|ing)? (?:statistical )?significance"
        r"|statistical significance(?= was (?:found|seen|shown|reached|observed|not))"
        r"|statistically (?:longer|shorter|higher|lower|better|worse|superior|inferior|different)",
        "a reader cannot see which test gave which p-value",
        "bind the p-value in the same sentence, and name its test",
        needs="test",
        severity="error",
    ),
    Term(
        r"no (?:\w+ )?(?:differences?|effects?|impact|influence|association|relationship"
        r"|correlation|bearing|role)"
        r"|no evidence (?:of|for) (?:an? |any )?(?:differences?|effects?|association)"
        r"|d(?:id|oes|o) not (?:differ|affect|influence|vary)|not different|comparable"
        r"|(?:was|were|is|are) (?:not (?:associated|correlated)|unaffected|unchanged|identical"
        r"|(?:un|not )related to|alike|the same(?! (?:as|day|sentence))|equal"
        r"|(?:well[- ])?balanced)"
        r"|(?:survival|PFS|OS|outcomes?|prognosis|responses?) (?:was|were|is|are) independent of"
        r"|(?:not|nor) inferior|equally (?:well|good|effective|long|likely)"
        r"|similar(?:ly)?|tend(?:s|ed)? to (?:be|have|live|respond|do)"
        r"|equivalent|regardless of|irrespective of|non-?inferior",
        "a difference that was not shown is not shown to be absent",
        "give the difference with its interval",
        needs="interval or test",
    ),
    Term(
        r"trend(?:s|ed|ing)? towards?|tend(?:s|ed)? to(?:wards?)? (?:significance|better|worse)"
        r"|(?:marginal|borderline)(?:ly)? significan(?:t|ce)"
        r"|(?:numerical|clear|strong) trends?|tendenc(?:y|ies) (?:for|to|towards?)"
        r"|(?:approach|miss)(?:es|ed|ing) (?:statistical )?significance"
        r"|(?:almost|nearly) significant",
        "a p-value has no direction in which it moves",
        "give the estimate with its interval and the p-value as it is",
        needs="nothing",
        severity="error",
    ),
    Term(
        r"prov(?:e|es|ed|en|ing)|(?:demonstrat|establish|confirm)(?:e?s|ed) (?:that|the)",
        "one cohort looked at afterwards proves nothing",
        "is compatible with, suggests",
    ),
    Term(
        r"to write:",
        "a new study's documents say so where a sentence is still the author's to write",
        "write the sentence, and take this one out",
        needs="nothing",
        severity="error",
    ),
)
