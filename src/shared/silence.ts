/**
 * After this many intervals without a success, exports count as silent; luci-go's `server/tsmon` uses the
 * same number.
 */
export const SILENT_AFTER = 5;
