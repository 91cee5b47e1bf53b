"""The columns of the access tables, and the rows that many addresses share."""

# The columns. anonymous: nobody; xu: volunteer; tian: speaks for the unit; lu … shi: from the building to the city;
# zhao: the next community; op: runs the installation.
WHO = ("anonymous", "xu", "tian", "lu", "zhi", "gao", "qin", "jie", "qu", "shi", "zhao", "operator")
OK, TO_LOGIN, NO, NOT_FOUND = 200, 302, 403, 404

ALL = dict.fromkeys(WHO, OK)
PERSONS = {**ALL, "anonymous": TO_LOGIN}
HANDLERS = {**PERSONS, "xu": NO, "tian": NO, "operator": NO}
STAFF = {**PERSONS, "xu": NO, "tian": NO}
OPERATOR = {**dict.fromkeys(WHO, NO), "anonymous": TO_LOGIN, "operator": OK}
# The call lies in the building, was taken by Gao and sent to Tian's unit; who has it in reach sees it, the others do not.
IN_REACH = {**PERSONS, "xu": NOT_FOUND, "zhao": NOT_FOUND, "operator": NOT_FOUND}
# A page of the community: those below it and beside it do not find it.
OVER_COMMUNITY = {**HANDLERS, "lu": NOT_FOUND, "zhi": NOT_FOUND, "zhao": NOT_FOUND}
NOBODYS = {**PERSONS, **dict.fromkeys(WHO[1:], NOT_FOUND)}
# Only by POST: whoever comes by GET is told so; see POSTED below for what a POST meets.
POST_ONLY = dict.fromkeys(WHO, 405)
FOR_STAFF_POST_ONLY = {**dict.fromkeys(WHO, 405), "anonymous": TO_LOGIN, "xu": NO, "tian": NO}
FOR_WORKERS_POST_ONLY = {**FOR_STAFF_POST_ONLY, "lu": NO, "zhi": NO}
IMPORTERS = {
    **dict.fromkeys(WHO, NO),
    "anonymous": TO_LOGIN,
    "gao": OK,
    "qin": OK,
    "operator": OK,
    "zhi": NOT_FOUND,
    "zhao": NOT_FOUND,
}
IMPORTS = {**IMPORTERS, "gao": NOT_FOUND, "qin": NOT_FOUND, "operator": NOT_FOUND}
