/**
 * The functions that processes of earlier versions call, as the present ones. They were released, so they stay: a
 * fleet is not updated at one moment, and a schema that a new process has made serves the old ones too.
 */
export function earlierSql(s: string): string {
  return `
CREATE OR REPLACE FUNCTION ${s}.heartbeat_v2(
  p_key text, p_instance text, p_seq bigint, p_held_num integer, p_held_epoch bigint,
  p_hold_ms double precision, p_longest_ms double precision, p_max_tasks integer, p_in_band boolean,
  p_now timestamptz,
  OUT o_kind text, OUT o_num integer, OUT o_epoch bigint, OUT o_longest_ms double precision
) LANGUAGE sql AS $function$
  SELECT * FROM ${s}.heartbeat_v3(p_key, p_instance, p_seq, p_held_num, p_held_epoch, p_hold_ms,
    p_longest_ms, p_max_tasks, p_in_band, p_now, NULL);
$function$;`;
}
