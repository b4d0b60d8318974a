"""The times around which generate.py clusters events: clock changes, midnights, month ends."""

import datetime
import zoneinfo

from forms import DAY, HOUR, SECOND
from rating import local_time

MICRO = 1


def utc(year, month, day):
    moment = datetime.datetime(year, month, day) - datetime.datetime(1970, 1, 1)
    return moment // datetime.timedelta(microseconds=1)


def offset(micros, zone):
    return local_time(micros, zone).utcoffset()


def clock_changes(zone, start, end):
    """The first instants of each new offset from UTC, to the second."""
    changes = []
    for low in range(start, end, DAY):
        high = low + DAY
        if offset(low, zone) == offset(high, zone):
            continue
        while high - low > SECOND:
            middle = (low + high) // 2 // SECOND * SECOND
            if offset(middle, zone) == offset(high, zone):
                high = middle
            else:
                low = middle
        changes.append(high)
    return changes


def local_midnight(micros, zone):
    """The first instant of the local date at `micros`; an hour's grid and half hours are enough here."""
    date = local_time(micros, zone).date()
    step = HOUR // 4
    instant = micros // step * step
    while local_time(instant - MICRO, zone).date() == date:
        instant -= step
    return instant


def month_end(micros, zone):
    """The first instant of the next local month."""
    month = local_time(micros, zone).month
    while local_time(micros, zone).month == month:
        micros += DAY
    while local_time(local_midnight(micros, zone) - MICRO, zone).month != month:
        micros -= DAY
    return local_midnight(micros, zone)


def scene_times(random, count, zone_names, start, end):
    """When scenes take place: mostly rising, mostly at an edge of some zone's calendar."""
    zones = [zoneinfo.ZoneInfo(name) for name in zone_names]
    changes = [change for zone in zones for change in clock_changes(zone, start, end)]
    centres = []
    for _ in range(count):
        centre = random.randrange(start, end, SECOND)
        zone = random.choice(zones)
        edge = random.random()
        if edge < 0.3 and changes:
            centre = random.choice(changes)
        elif edge < 0.5:
            centre = local_midnight(centre, zone)
        elif edge < 0.7:
            centre = month_end(centre, zone)
        centres.append(centre)
    centres.sort()
    for index in range(1, count):
        if random.random() < 0.1:
            earlier = random.randrange(index)
            centres[earlier], centres[index] = centres[index], centres[earlier]
    return centres
