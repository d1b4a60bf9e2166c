-- SPDX-License-Identifier: Apache-2.0
-- board: variable
-- panel: variable
-- title: Host
-- unit: none
-- means: Hosts to choose from.
SELECT DISTINCT event_source FROM postfix.lines WHERE $__timeFilter(event_created) ORDER BY event_source
