import { memoryLock, SETTINGS } from "./locks.ts";

/**
 * The target's memory: the functions of `target-memory.ts`, which explains them, on the target's row. A
 * heartbeat changes the row at most once per hold, unless it asks for a longer hold than any before it;
 * others do not wait for that.
 */
export function memorySql(s: string): string {
  return `
CREATE OR REPLACE FUNCTION ${s}.note_hold_v2(
  p_memory ${s}.target, p_now timestamptz, p_hold_ms double precision
) RETURNS ${s}.target LANGUAGE plpgsql ${SETTINGS} AS $function$
DECLARE
  v_memory ${s}.target := p_memory;
  v_ms interval := interval '1 millisecond';
  v_longest double precision;
  v_is_back boolean;
BEGIN
  FOR v_turn IN 1..2 LOOP
    v_longest := greatest(v_memory.hold_ms, v_memory.former_hold_ms);
    v_is_back := v_memory.span_until > p_now + v_longest * v_ms;
    IF NOT v_is_back AND (p_hold_ms = 0 OR (p_now < v_memory.span_until AND p_hold_ms <= v_memory.hold_ms))
      THEN RETURN v_memory;
    END IF;
    EXIT WHEN v_turn = 2;
    -- Once more with nobody beside us, unless another does it at this moment.
    IF p_hold_ms > v_longest THEN
      SELECT * INTO v_memory FROM ${s}.target WHERE id = p_memory.id FOR UPDATE;
    ELSE
      SELECT * INTO v_memory FROM ${s}.target WHERE id = p_memory.id FOR UPDATE SKIP LOCKED;
    END IF;
    IF NOT FOUND THEN RETURN p_memory; END IF;
  END LOOP;
  IF p_now < v_memory.span_until AND NOT v_is_back THEN
    v_memory.hold_ms := p_hold_ms;
  ELSE
    v_memory.former_hold_ms := CASE WHEN v_is_back THEN v_longest ELSE v_memory.hold_ms END;
    v_memory.hold_ms := p_hold_ms;
    v_longest := greatest(v_memory.hold_ms, v_memory.former_hold_ms);
    v_memory.span_until := p_now + v_longest * v_ms;
    IF v_is_back THEN
      v_memory.settles_until := least(v_memory.settles_until, p_now + v_longest * v_ms);
      UPDATE ${s}.task SET until = p_now + v_longest * v_ms
        WHERE target = v_memory.id AND until > p_now + v_longest * v_ms;
    END IF;
  END IF;
  UPDATE ${s}.target SET hold_ms = v_memory.hold_ms, former_hold_ms = v_memory.former_hold_ms,
      span_until = v_memory.span_until, settles_until = v_memory.settles_until
    WHERE id = v_memory.id;
  RETURN v_memory;
END
$function$;

CREATE OR REPLACE FUNCTION ${s}.settle_v2(
  p_key text, p_now timestamptz, p_hold_ms double precision, p_held_epoch bigint
) RETURNS ${s}.target LANGUAGE plpgsql ${SETTINGS} AS $function$
DECLARE
  v_memory ${s}.target;
BEGIN
  PERFORM pg_advisory_xact_lock(${memoryLock(s)});
  SELECT * INTO v_memory FROM ${s}.target WHERE key = p_key FOR UPDATE;
  v_memory := ${s}.note_hold_v2(v_memory, p_now, p_hold_ms);
  IF p_now >= v_memory.settles_until OR p_held_epoch >= v_memory.sure_from THEN
    v_memory.sure_from := greatest(
      floor(extract(epoch FROM p_now) * 1000)::bigint, p_held_epoch + 1, v_memory.sure_from + 1,
      (SELECT max(epoch) + 1 FROM ${s}.task WHERE target = v_memory.id));
  END IF;
  v_memory.settles_until := greatest(v_memory.settles_until,
    p_now + greatest(v_memory.hold_ms, v_memory.former_hold_ms) * interval '1 millisecond');
  UPDATE ${s}.target SET sure_from = v_memory.sure_from, settles_until = v_memory.settles_until
    WHERE id = v_memory.id;
  RETURN v_memory;
END
$function$;`;
}
