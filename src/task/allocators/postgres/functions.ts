import { earlierSql } from "./earlier.ts";
import { instanceLock, memoryLock, SETTINGS, targetLock } from "./locks.ts";
import { memorySql } from "./memory.ts";

/**
 * The functions that carry out calls. Their names end in the version of their signature, so that two
 * versions of this package can share a schema. The rules are those of `ledger.ts`, in which they are
 * explained.
 *
 * A renewal touches one row and waits for no lock. A grant takes the lowest free row that no other grant is
 * taking. One grant at a time frees expired numbers, and the others wait for it: otherwise they would not
 * see those rows, and would take higher numbers. All locks end with the transaction, and no setting
 * outlives a call, so a pooler can send each call to another connection.
 * @param schema the schema's name, quoted
 */
export function functionsSql(schema: string): string {
  const all = [memorySql, heartbeat, release, housekeep, earlierSql];
  return all.map((sql) => sql(schema)).join("\n");
}

const heartbeat = (s: string): string => `
CREATE OR REPLACE FUNCTION ${s}.heartbeat_v3(
  p_key text, p_instance text, p_seq bigint, p_held_num integer, p_held_epoch bigint,
  p_hold_ms double precision, p_longest_ms double precision, p_max_tasks integer, p_in_band boolean,
  p_now timestamptz, p_admin_url text,
  OUT o_kind text, OUT o_num integer, OUT o_epoch bigint, OUT o_longest_ms double precision
) LANGUAGE plpgsql ${SETTINGS} AS $function$
DECLARE
  -- In a variable: as a volatile function in a condition it would keep indexes from being used.
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  v_until timestamptz := v_now + p_hold_ms * interval '1 millisecond';
  v_wall bigint := floor(extract(epoch FROM v_now) * 1000);
  v_target integer;
  v_memory ${s}.target;
  v_is_settling boolean;
  v_own ${s}.task;
  v_slot ${s}.task;
  v_claim_seq bigint;
  v_size integer;
  v_is_moved boolean := false;
BEGIN
  -- One heartbeat of an instance at a time, or two of them would take two numbers.
  PERFORM pg_advisory_xact_lock(${instanceLock(s)});
  SELECT * INTO v_memory FROM ${s}.target WHERE key = p_key;
  IF NOT FOUND THEN
    INSERT INTO ${s}.target (key, sure_from) VALUES (p_key, v_wall) ON CONFLICT DO NOTHING;
    SELECT * INTO v_memory FROM ${s}.target WHERE key = p_key;
  END IF;
  v_target := v_memory.id;
  v_memory := ${s}.note_hold_v2(v_memory, v_now, p_hold_ms);
  v_is_settling := v_now < v_memory.settles_until;

  o_kind := 'granted';
  o_longest_ms := greatest(v_memory.hold_ms, v_memory.former_hold_ms);
  UPDATE ${s}.task SET seq = p_seq, until = greatest(until, v_until), admin_url = p_admin_url
    WHERE target = v_target AND instance = p_instance AND seq < p_seq AND num < p_max_tasks
      AND CASE WHEN p_held_num IS NULL THEN epoch >= v_memory.sure_from
        ELSE num = p_held_num AND epoch = p_held_epoch END
    RETURNING num, epoch INTO o_num, o_epoch;
  IF FOUND THEN RETURN; END IF;

  SELECT * INTO v_own FROM ${s}.task WHERE target = v_target AND instance = p_instance FOR UPDATE;
  IF FOUND THEN
    IF p_seq <= v_own.seq THEN o_kind := 'collision'; RETURN; END IF;
    IF p_held_num IS NULL AND v_own.epoch < v_memory.sure_from THEN
      -- It may no longer hold the number, and the store may have forgotten a later owner.
      UPDATE ${s}.task SET instance = NULL, admin_url = NULL
        WHERE target = v_target AND num = v_own.num;
    ELSIF v_own.num < p_max_tasks THEN
      IF p_held_epoch > v_own.epoch THEN
        PERFORM ${s}.settle_v2(p_key, v_now, greatest(p_hold_ms, p_longest_ms), p_held_epoch);
      END IF;
      o_kind := 'lost';
      RETURN;
    ELSE
      UPDATE ${s}.task SET instance = NULL, admin_url = NULL, until = v_until
        WHERE target = v_target AND num = v_own.num;
      v_is_moved := true;
    END IF;
  END IF;

  SELECT seq INTO v_claim_seq FROM ${s}.claim WHERE target = v_target AND instance = p_instance;
  IF FOUND THEN
    IF p_seq <= v_claim_seq THEN o_kind := 'collision'; RETURN; END IF;
    IF p_in_band OR p_held_num IS NOT NULL THEN
      DELETE FROM ${s}.claim WHERE target = v_target AND instance = p_instance;
    END IF;
  END IF;

  IF p_held_num IS NOT NULL THEN
    IF v_is_moved THEN o_kind := 'lost'; RETURN; END IF;
    SELECT * INTO v_slot FROM ${s}.task WHERE target = v_target AND num = p_held_num;
    IF NOT FOUND OR v_slot.epoch < p_held_epoch OR p_held_epoch < v_memory.sure_from THEN
      v_memory :=
        ${s}.settle_v2(p_key, v_now, greatest(p_hold_ms, p_longest_ms), p_held_epoch);
      o_longest_ms := greatest(v_memory.hold_ms, v_memory.former_hold_ms);
    END IF;
    IF p_held_num >= p_max_tasks THEN o_kind := 'lost'; RETURN; END IF;
    PERFORM pg_advisory_xact_lock(${targetLock(s)});
    SELECT * INTO v_slot FROM ${s}.task WHERE target = v_target AND num = p_held_num FOR UPDATE;
    IF v_slot.epoch >= p_held_epoch OR (v_slot.instance IS NOT NULL AND v_slot.until > v_now) THEN
      o_kind := 'lost';
      RETURN;
    END IF;
    -- The numbers below it that nobody has asked for since the loss rest for their owners.
    UPDATE ${s}.task SET epoch = 0, until = v_memory.settles_until
      WHERE target = v_target AND num < p_held_num AND until IS NULL AND epoch = -1;
    SELECT coalesce(max(num) + 1, 0) INTO v_size FROM ${s}.task WHERE target = v_target;
    INSERT INTO ${s}.task (target, num, epoch, seq, until)
      SELECT v_target, n, 0, 0, v_memory.settles_until FROM generate_series(v_size, p_held_num) n
      ON CONFLICT DO NOTHING;
    o_num := p_held_num;
    UPDATE ${s}.task SET instance = p_instance, seq = p_seq, until = v_until,
        admin_url = p_admin_url, epoch = greatest(epoch + 1, v_wall, p_held_epoch + 1, v_memory.sure_from)
      WHERE target = v_target AND num = o_num
      RETURNING epoch INTO o_epoch;
    RETURN;
  END IF;

  IF NOT p_in_band THEN
    INSERT INTO ${s}.claim (target, instance, seq, until, max_tasks)
      VALUES (v_target, p_instance, p_seq, v_until, p_max_tasks)
      ON CONFLICT (target, instance) DO UPDATE SET
        seq = excluded.seq, until = excluded.until, max_tasks = excluded.max_tasks;
    SELECT coalesce(max(num) + 1, 0) INTO v_size FROM ${s}.task WHERE target = v_target;
    IF v_is_settling OR v_size < p_max_tasks OR EXISTS (SELECT FROM ${s}.task
        WHERE target = v_target AND until IS NULL AND num < p_max_tasks) THEN
      o_kind := 'no_number';
    ELSE
      o_kind := 'full';
    END IF;
    RETURN;
  END IF;

  PERFORM pg_advisory_xact_lock_shared(${memoryLock(s)});
  SELECT * INTO v_memory FROM ${s}.target WHERE id = v_target;
  IF v_now < v_memory.settles_until THEN o_kind := 'no_number'; RETURN; END IF;
  LOOP
    IF EXISTS (SELECT FROM ${s}.task WHERE target = v_target AND until <= v_now) THEN
      IF pg_try_advisory_xact_lock(${targetLock(s)}) THEN
        UPDATE ${s}.task SET until = NULL WHERE target = v_target AND until <= v_now;
      ELSE
        PERFORM pg_advisory_xact_lock_shared(${targetLock(s)});
      END IF;
    END IF;
    SELECT num INTO o_num FROM ${s}.task
      WHERE target = v_target AND until IS NULL AND num < p_max_tasks
      ORDER BY num LIMIT 1 FOR UPDATE SKIP LOCKED;
    EXIT WHEN FOUND;
    SELECT coalesce(max(num) + 1, 0) INTO v_size FROM ${s}.task WHERE target = v_target;
    IF v_size >= p_max_tasks THEN
      -- Whether none is left is known only when those who are taking one have done so.
      SELECT num INTO o_num FROM ${s}.task
        WHERE target = v_target AND until IS NULL AND num < p_max_tasks
        ORDER BY num LIMIT 1 FOR UPDATE;
      EXIT WHEN FOUND;
      o_kind := 'full';
      RETURN;
    END IF;
    -- More numbers, so that not every newcomer waits for the one before it. Epoch -1: never granted.
    INSERT INTO ${s}.task (target, num, epoch, seq)
      SELECT v_target, n, -1, 0 FROM generate_series(
        v_size, least(p_max_tasks, v_size + greatest(32, least(1024, v_size / 8))) - 1) n
      ON CONFLICT DO NOTHING;
  END LOOP;
  UPDATE ${s}.task SET instance = p_instance, seq = p_seq, until = v_until,
      admin_url = p_admin_url, epoch = greatest(epoch + 1, v_wall, v_memory.sure_from)
    WHERE target = v_target AND num = o_num
    RETURNING epoch INTO o_epoch;
END
$function$;`;

const release = (s: string): string => `
CREATE OR REPLACE FUNCTION ${s}.release_v2(
  p_key text, p_instance text, p_num integer, p_epoch bigint, p_seq bigint,
  p_quarantine_ms double precision, p_now timestamptz
) RETURNS boolean LANGUAGE plpgsql ${SETTINGS} AS $function$
DECLARE
  v_now timestamptz := coalesce(p_now, clock_timestamp());
BEGIN
  UPDATE ${s}.task SET instance = NULL, admin_url = NULL,
      until = CASE WHEN p_quarantine_ms > 0
        THEN v_now + p_quarantine_ms * interval '1 millisecond' END
    WHERE target = (SELECT id FROM ${s}.target WHERE key = p_key)
      AND num = p_num AND instance = p_instance AND epoch = p_epoch
      AND (p_seq IS NULL OR seq < p_seq);
  RETURN FOUND;
END
$function$;`;

const housekeep = (s: string): string => `
CREATE OR REPLACE FUNCTION ${s}.housekeep_v2(
  p_key text, p_limit integer, p_now timestamptz,
  OUT o_freed integer, OUT o_assigned integer, OUT o_waiting integer
) LANGUAGE plpgsql ${SETTINGS} AS $function$
DECLARE
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  v_wall bigint := floor(extract(epoch FROM v_now) * 1000);
  v_target integer;
  v_memory ${s}.target;
  v_claim ${s}.claim;
  v_num integer;
  v_last bigint := 0;
  v_passed integer := 0;
BEGIN
  o_freed := 0;
  o_assigned := 0;
  o_waiting := 0;
  PERFORM pg_advisory_xact_lock_shared(${memoryLock(s)});
  SELECT * INTO v_memory FROM ${s}.target WHERE key = p_key;
  IF NOT FOUND THEN RETURN; END IF;
  v_target := v_memory.id;
  v_memory := ${s}.note_hold_v2(v_memory, v_now, 0);
  PERFORM pg_advisory_xact_lock(${targetLock(s)});
  UPDATE ${s}.task SET until = NULL WHERE target = v_target AND until <= v_now;
  GET DIAGNOSTICS o_freed = ROW_COUNT;
  WHILE o_assigned < p_limit AND v_now >= v_memory.settles_until LOOP
    SELECT * INTO v_claim FROM ${s}.claim WHERE target = v_target AND id > v_last
      ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED;
    EXIT WHEN NOT FOUND;
    v_last := v_claim.id;
    -- One whose instance has a number is of a heartbeat that came while the number was given.
    IF v_claim.until > v_now AND NOT EXISTS (SELECT FROM ${s}.task
        WHERE target = v_target AND instance = v_claim.instance) THEN
      SELECT num INTO v_num FROM ${s}.task
        WHERE target = v_target AND until IS NULL ORDER BY num LIMIT 1 FOR UPDATE;
      IF NOT FOUND THEN
        SELECT coalesce(max(num) + 1, 0) INTO v_num FROM ${s}.task WHERE target = v_target;
        IF v_num < v_claim.max_tasks THEN
          INSERT INTO ${s}.task (target, num, epoch, seq) VALUES (v_target, v_num, -1, 0);
        END IF;
      END IF;
      IF v_num >= v_claim.max_tasks THEN
        v_passed := v_passed + 1;
        CONTINUE;
      END IF;
      UPDATE ${s}.task SET instance = v_claim.instance, seq = v_claim.seq, admin_url = NULL,
          until = least(v_claim.until, v_now
            + greatest(v_memory.hold_ms, v_memory.former_hold_ms) * interval '1 millisecond'),
          epoch = greatest(epoch + 1, v_wall, v_memory.sure_from)
        WHERE target = v_target AND num = v_num;
      o_assigned := o_assigned + 1;
    END IF;
    DELETE FROM ${s}.claim WHERE target = v_target AND instance = v_claim.instance;
  END LOOP;
  SELECT count(*) - v_passed INTO o_waiting FROM ${s}.claim WHERE target = v_target;
END
$function$;`;
