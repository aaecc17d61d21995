/** Everything in the schema `fluxo` that could differ between two databases, or before and after: columns, constraints, indexes, policies, functions, privileges. */
import type { TestDatabase } from '../../testing/test-database.ts';

/** Whoever asks with the owner's role. */
type Asked = Pick<TestDatabase, 'query'>;

const SHAPE = `
SELECT concat_ws(' ', table_name, column_name, data_type, collation_name, is_nullable, column_default) AS line
  FROM information_schema.columns WHERE table_schema = 'fluxo'
UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
  WHERE connamespace = 'fluxo'::regnamespace
UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'fluxo'
UNION ALL SELECT concat_ws(' ', tablename, policyname, permissive, roles, cmd, qual, with_check) FROM pg_policies
UNION ALL SELECT concat_ws(' ', relname, relkind, relrowsecurity, relforcerowsecurity, relpersistence, pg_get_userbyid(relowner)) FROM pg_class
  WHERE relnamespace = 'fluxo'::regnamespace AND relkind IN ('r', 'v', 'S')
UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'fluxo'::regnamespace
UNION ALL SELECT concat_ws(' ', table_name, grantee, privilege_type, is_grantable) FROM information_schema.role_table_grants
  WHERE table_schema = 'fluxo'
UNION ALL SELECT concat_ws(' ', table_name, column_name, grantee, privilege_type) FROM information_schema.column_privileges
  WHERE table_schema = 'fluxo'
ORDER BY line`;

export async function shapeOf(database: Asked): Promise<readonly string[]> {
  return (await database.query<{ line: string }>('fluxo_owner', SHAPE)).map(({ line }) => line);
}
