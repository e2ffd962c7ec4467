/* SPDX-License-Identifier: GPL-2.0 */
/* The tracepoint: perf trace -e pmt:*, or /sys/kernel/tracing/events/pmt */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM pmt

#if !defined(_PMT_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _PMT_TRACE_H

#include <linux/tracepoint.h>

/* A packet that does not pass. Fields are API: filters and scripts name them. */
TRACE_EVENT(pmt_drop,
	TP_PROTO(const struct net_device *dev, const struct sk_buff *skb,
		 const char *reason, bool in, __be32 v4),
	TP_ARGS(dev, skb, reason, in, v4),
	TP_STRUCT__entry(
		__array(char, dev, IFNAMSIZ)
		__array(char, reason, 16)
		__field(const void *, skbaddr)
		__field(unsigned int, len)
		__field(bool, in)
		__array(__u8, v4, 4)
	),
	TP_fast_assign(
		strscpy(__entry->dev, dev->name, IFNAMSIZ);
		strscpy(__entry->reason, reason, sizeof(__entry->reason));
		__entry->skbaddr = skb;
		__entry->len = skb->len;
		__entry->in = in;
		memcpy(__entry->v4, &v4, sizeof(v4));
	),
	TP_printk("dev=%s dir=%s reason=%s v4=%pI4 len=%u skbaddr=%p",
		  __entry->dev, __entry->in ? "in" : "out", __entry->reason,
		  __entry->v4, __entry->len, __entry->skbaddr)
);

#endif /* _PMT_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
