package clickhouse

const killedFolder = "ROAMCTL_TEST_KILLED_CLICKHOUSE"
