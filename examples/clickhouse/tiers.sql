-- SPDX-License-Identifier: Apache-2.0
-- After tables.sql and storage.xml: a fortnight of lines on fast disks, then on large ones, 90 days in all; records of mails 400 days.
-- Drop what must be kept for an inquiry from the TTL before its time is over: ALTER TABLE postfix.lines FREEZE PARTITION '2026-08-17'.
ALTER TABLE postfix.lines MODIFY SETTING storage_policy = 'mail';
ALTER TABLE postfix.lines MODIFY TTL
    toDateTime(event_created) + INTERVAL 14 DAY TO VOLUME 'cold',
    toDateTime(event_created) + INTERVAL 90 DAY DELETE;
ALTER TABLE postfix.records MODIFY SETTING storage_policy = 'mail';
ALTER TABLE postfix.records MODIFY TTL
    toDateTime(event_created) + INTERVAL 30 DAY TO VOLUME 'cold',
    toDateTime(event_created) + INTERVAL 400 DAY DELETE;
