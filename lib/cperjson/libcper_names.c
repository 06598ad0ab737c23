// SPDX-License-Identifier: LGPL-2.1-or-later
/* libcper's names, one table a section type. */
#include "cperjson/libcper.h"

#include <stddef.h>
#include <string.h>

#include "cper/sections.h"

static const struct libcper_map memory_map[] = {
	{ "error_status", NULL, "errorStatus", ERROR_STATUS },
	{ "physical_address", NULL, "physicalAddress", HEX64 },
	{ "physical_address_mask", NULL, "physicalAddressMask", NUMBER },
	{ "node", NULL, "node", NUMBER },
	{ "card", NULL, "card", NUMBER },
	{ "module", NULL, "moduleRank", NUMBER },
	{ "bank", NULL, "bank", BANK },
	{ "device", NULL, "device", NUMBER },
	{ "row", NULL, "row", NUMBER },
	{ "column", NULL, "column", NUMBER },
	{ "bit_position", NULL, "bitPosition", NUMBER },
	{ "requestor_id", NULL, "requestorID", NUMBER },
	{ "responder_id", NULL, "responderID", NUMBER },
	{ "target_id", NULL, "targetID", NUMBER },
	{ "memory_error_type", NULL, "memoryErrorType", VALUE_NAME },
	{ "extended", NULL, "extended", EXTENDED },
	{ "rank_number", NULL, "rankNumber", NUMBER },
	{ "card_handle", NULL, "cardSmbiosHandle", NUMBER },
	{ "module_handle", NULL, "moduleSmbiosHandle", NUMBER },
	{ NULL, NULL, NULL, 0 },
};

static const struct libcper_map pcie_map[] = {
	{ "port_type", NULL, "portType", VALUE_NAME },
	{ "version_minor", "version", "minor", NUMBER },
	{ "version_major", "version", "major", NUMBER },
	{ "command", "commandStatus", "commandRegister", NUMBER },
	{ "status", "commandStatus", "statusRegister", NUMBER },
	{ "vendor_id", "deviceID", "vendorID", NUMBER },
	{ "device_id", "deviceID", "deviceID", HEX16 },
	{ "class_code", "deviceID", "classCode", NUMBER },
	{ "function", "deviceID", "functionNumber", NUMBER },
	{ "device", "deviceID", "deviceNumber", NUMBER },
	{ "segment", "deviceID", "segmentNumber", NUMBER },
	{ "bus", "deviceID", "primaryOrDeviceBusNumber", NUMBER },
	{ "secondary_bus", "deviceID", "secondaryBusNumber", NUMBER },
	{ "slot", "deviceID", "slotNumber", BITS_FROM_3 },
	{ "serial_number", NULL, "deviceSerialNumber", NUMBER },
	{ "bridge_secondary_status", "bridgeControlStatus", "secondaryStatusRegister", NUMBER },
	{ "bridge_control", "bridgeControlStatus", "controlRegister", NUMBER },
	{ "capability", NULL, "capabilityStructure", BASE64 },
	{ "aer_info", NULL, "aerInfo", BASE64 },
	{ NULL, NULL, NULL, 0 },
};

static const struct libcper_map generic_map[] = {
	{ "processor_type", NULL, "processorType", VALUE_NAME },
	{ "processor_isa", NULL, "processorISA", VALUE_NAME },
	{ "error_type", NULL, "errorType", VALUE_NAME },
	{ "operation", NULL, "operation", VALUE_NAME },
	{ "flags", NULL, "flags", BITS },
	{ "level", NULL, "level", NUMBER },
	{ "cpu_version", NULL, "cpuVersionInfo", NUMBER },
	{ "cpu_brand", NULL, "cpuBrandString", TEXT },
	{ "processor_id", NULL, "processorID", NUMBER },
	{ "target_address", NULL, "targetAddress", NUMBER },
	{ "requestor_id", NULL, "requestorID", NUMBER },
	{ "responder_id", NULL, "responderID", NUMBER },
	{ "instruction_ip", NULL, "instructionIP", NUMBER },
	{ NULL, NULL, NULL, 0 },
};

static const struct libcper_map arm_map[] = {
	{ "err_info_num", NULL, "errorInfoNum", NUMBER },
	{ "context_info_num", NULL, "contextInfoNum", NUMBER },
	{ "section_length", NULL, "sectionLength", NUMBER },
	{ "error_affinity_level", NULL, "errorAffinity", VALUE_TYPE },
	{ "mpidr_el1", NULL, "mpidrEl1", NUMBER },
	{ "midr_el1", NULL, "midrEl1", NUMBER },
	{ "running_state", NULL, "running", FLAG },
	{ "psci_state", NULL, "psciState", NUMBER },
	{ NULL, NULL, NULL, 0 },
};

static const struct libcper_map arm_info_map[] = {
	{ "version", NULL, "version", NUMBER },
	{ "length", NULL, "length", NUMBER },
	{ "type", NULL, "errorType", ARM_TYPES },
	{ "multiple_error", NULL, "multipleError", VALUE_TYPE },
	{ "flags", NULL, "flags", BITS },
	{ "error_information", NULL, "errorInformation", BITS_BY_TYPE },
	{ "virtual_fault_address", NULL, "virtualFaultAddress", NUMBER },
	{ "physical_fault_address", NULL, "physicalFaultAddress", NUMBER },
	{ NULL, NULL, NULL, 0 },
};

static const struct libcper_map arm_context_map[] = {
	{ "version", NULL, "version", NUMBER },
	{ "register_context_type", NULL, "registerContextType", VALUE_NAME },
	{ "register_array_size", NULL, "registerArraySize", NUMBER },
	{ NULL, NULL, NULL, 0 },
};

static const struct libcper_map x86_map[] = {
	{ "local_apic_id", NULL, "localAPICID", NUMBER },
	{ "cpuid_info", NULL, "cpuidInfo", CPUID },
	{ NULL, NULL, NULL, 0 },
};

static const struct libcper_map x86_info_map[] = {
	{ "error_structure_type", "type", "guid", GUID_NAME },
	{ "check_info", NULL, "checkInfo", BITS },
	{ "target_id", NULL, "targetAddressID", NUMBER },
	{ "requestor_id", NULL, "requestorID", NUMBER },
	{ "responder_id", NULL, "responderID", NUMBER },
	{ "instruction_pointer", NULL, "instructionPointer", NUMBER },
	{ NULL, NULL, NULL, 0 },
};

static const struct libcper_map x86_context_map[] = {
	{ "register_context_type", NULL, "registerContextType", VALUE_NAME },
	{ "register_array_size", NULL, "registerArraySize", NUMBER },
	{ "msr_address", NULL, "msrAddress", NUMBER },
	{ "mm_register_address", NULL, "mmRegisterAddress", NUMBER },
	{ NULL, NULL, NULL, 0 },
};

static const struct libcper_map firmware_map[] = {
	{ "error_record_type", NULL, "errorRecordType", VALUE_NAME },
	{ "revision", NULL, "revision", NUMBER },
	{ "record_identifier", NULL, "recordID", NUMBER },
	{ "record_id_guid", NULL, "recordIDGUID", GUID },
	{ NULL, NULL, NULL, 0 },
};

static const struct libcper_map cxl_map[] = {
	{ "agent_type", NULL, "agentType", VALUE_NAME },
	{ "agent_address", NULL, "cxlAgentAddress", BITS },
	{ "vendor_id", "deviceID", "vendorID", NUMBER },
	{ "device_id", "deviceID", "deviceID", NUMBER },
	{ "subsystem_vendor_id", "deviceID", "subsystemVendorID", NUMBER },
	{ "subsystem_id", "deviceID", "subsystemDeviceID", NUMBER },
	{ "class_code", "deviceID", "classCode", NUMBER },
	{ "slot", "deviceID", "slotNumber", BITS_FROM_3 },
	{ "serial_number", NULL, "deviceSerial", NUMBER },
	{ "capability", NULL, "capabilityStructure", BASE64_TEXT },
	{ "dvsec_length", NULL, "dvsecLength", NUMBER },
	{ "error_log_length", NULL, "errorLogLength", NUMBER },
	{ NULL, NULL, NULL, 0 },
};

static const struct libcper_map memory2_map[] = {
	{ "error_status", NULL, "errorStatus", ERROR_STATUS },
	{ "physical_address", NULL, "physicalAddress", HEX64 },
	{ "physical_address_mask", NULL, "physicalAddressMask", NUMBER },
	{ "node", NULL, "node", NUMBER },
	{ "card", NULL, "card", NUMBER },
	{ "module", NULL, "module", NUMBER },
	{ "bank", NULL, "bank", BANK },
	{ "device", NULL, "device", NUMBER },
	{ "row", NULL, "row", NUMBER },
	{ "column", NULL, "column", NUMBER },
	{ "rank", NULL, "rank", NUMBER },
	{ "bit_position", NULL, "bitPosition", NUMBER },
	{ "chip_id", NULL, "chipID", NUMBER },
	{ "memory_error_type", NULL, "memoryErrorType", VALUE_NAME },
	{ "status", NULL, "status", VALUE_STATE },
	{ "requestor_id", NULL, "requestorID", NUMBER },
	{ "responder_id", NULL, "responderID", NUMBER },
	{ "target_id", NULL, "targetID", NUMBER },
	{ "card_handle", NULL, "cardSmbiosHandle", NUMBER },
	{ "module_handle", NULL, "moduleSmbiosHandle", NUMBER },
	{ NULL, NULL, NULL, 0 },
};

static const struct libcper_map pci_bus_map[] = {
	{ "error_status", NULL, "errorStatus", ERROR_STATUS },
	{ "error_type", NULL, "errorType", VALUE_NAME },
	{ "bus_number", "busID", "busNumber", NUMBER },
	{ "segment_number", "busID", "segmentNumber", NUMBER },
	{ "bus_address", NULL, "busAddress", NUMBER },
	{ "bus_data", NULL, "busData", NUMBER },
	{ "bus_command", NULL, "busCommandType", BUS_TYPE },
	{ "bus_requestor_id", NULL, "busRequestorID", HEX64 },
	{ "bus_completer_id", NULL, "busCompleterID", HEX64 },
	{ "target_id", NULL, "targetID", NUMBER },
	{ NULL, NULL, NULL, 0 },
};

static const struct libcper_map pci_component_map[] = {
	{ "error_status", NULL, "errorStatus", ERROR_STATUS },
	{ "vendor_id", "idInfo", "vendorID", NUMBER },
	{ "device_id", "idInfo", "deviceID", NUMBER },
	{ "class_code", "idInfo", "classCode", NUMBER },
	{ "function", "idInfo", "functionNumber", NUMBER },
	{ "device", "idInfo", "deviceNumber", NUMBER },
	{ "bus", "idInfo", "busNumber", NUMBER },
	{ "segment", "idInfo", "segmentNumber", NUMBER },
	{ "memory_number", NULL, "memoryNumber", NUMBER },
	{ "io_number", NULL, "ioNumber", NUMBER },
	{ NULL, NULL, NULL, 0 },
};

static const struct libcper_map dmar_map[] = {
	{ "requester_id", NULL, "requesterID", NUMBER },
	{ "segment_number", NULL, "segmentNumber", NUMBER },
	{ "fault_reason", NULL, "faultReason", VALUE_NAME },
	{ "access_type", NULL, "accessType", VALUE_NAME },
	{ "address_type", NULL, "addressType", VALUE_NAME },
	{ "architecture_type", NULL, "architectureType", VALUE_NAME },
	{ "device_address", NULL, "deviceAddress", NUMBER },
	{ NULL, NULL, NULL, 0 },
};

static const struct libcper_map iommu_map[] = {
	{ "revision", NULL, "revision", NUMBER },
	{ "control", NULL, "controlRegister", NUMBER },
	{ "status", NULL, "statusRegister", NUMBER },
	{ "event_log_entry", NULL, "eventLogEntry", BASE64_TEXT },
	{ "device_table_entry", NULL, "deviceTableEntry", BASE64_TEXT },
	{ "pte_level6", NULL, "pageTableEntry_Level6", NUMBER },
	{ "pte_level5", NULL, "pageTableEntry_Level5", NUMBER },
	{ "pte_level4", NULL, "pageTableEntry_Level4", NUMBER },
	{ "pte_level3", NULL, "pageTableEntry_Level3", NUMBER },
	{ "pte_level2", NULL, "pageTableEntry_Level2", NUMBER },
	{ "pte_level1", NULL, "pageTableEntry_Level1", NUMBER },
	{ NULL, NULL, NULL, 0 },
};

static const struct libcper_map ccix_map[] = {
	{ "length", NULL, "length", NUMBER },
	{ "source_id", NULL, "ccixSourceID", NUMBER },
	{ "port_id", NULL, "ccixPortID", NUMBER },
	{ NULL, NULL, NULL, 0 },
};

static const struct libcper_map cxl_event_map[] = {
	{ "length", NULL, "length", NUMBER },
	{ "vendor_id", "deviceID", "vendorID", NUMBER },
	{ "device_id", "deviceID", "deviceID", NUMBER },
	{ "function", "deviceID", "functionNumber", NUMBER },
	{ "device", "deviceID", "deviceNumber", NUMBER },
	{ "bus", "deviceID", "busNumber", NUMBER },
	{ "segment", "deviceID", "segmentNumber", NUMBER },
	{ "slot", "deviceID", "slotNumber", BITS_FROM_3 },
	{ "serial_number", NULL, "deviceSerial", NUMBER },
	{ NULL, NULL, NULL, 0 },
};

static const struct libcper_map nvidia_map[] = {
	{ "signature", NULL, "signature", TEXT },
	{ "error_type", NULL, "errorType", NUMBER },
	{ "error_instance", NULL, "errorInstance", NUMBER },
	{ "severity", NULL, "severity", CODE_NAME },
	{ "socket", NULL, "socket", NUMBER },
	{ "register_count", NULL, "registerCount", NUMBER },
	{ "instance_base", NULL, "instanceBase", NUMBER },
	{ NULL, NULL, NULL, 0 },
};

static const struct libcper_map nvidia_register_map[] = {
	{ "address", NULL, "address", NUMBER },
	{ "value", NULL, "value", NUMBER },
	{ NULL, NULL, NULL, 0 },
};

const struct libcper_map libcper_data_map[] = { { NULL, NULL, NULL, 0 } };
const struct libcper_map libcper_pairs_map[] = { { NULL, NULL, NULL, 0 } };

#define CXL_EVENT(kind)                                                  \
	{                                                                \
		(kind), "CxlComponent", cxl_event_map,                   \
		{                                                        \
			{                                                \
				"cxlComponentEventLog", libcper_data_map \
			}                                                \
		}                                                        \
	}

static const struct libcper_kind kinds[] = {
	{ "mem", "Memory", memory_map, { { NULL, NULL } } },
	{ "mem2", "Memory2", memory2_map, { { NULL, NULL } } },
	{ "pcie", "Pcie", pcie_map, { { NULL, NULL } } },
	{ "proc_generic", "GenericProcessor", generic_map, { { NULL, NULL } } },
	{ "proc_arm",
	  "ArmProcessor",
	  arm_map,
	  { { "errorInfo", arm_info_map },
	    { "contextInfo", arm_context_map },
	    { "vendorSpecificInfo", libcper_data_map } } },
	{ "proc_ia",
	  "Ia32x64Processor",
	  x86_map,
	  { { "processorErrorInfo", x86_info_map }, { "processorContextInfo", x86_context_map } } },
	{ "pcibus", "PciBus", pci_bus_map, { { NULL, NULL } } },
	{ "pcidev",
	  "PciComponent",
	  pci_component_map,
	  { { "registerDataPairs", libcper_pairs_map } } },
	{ "dmar", "GenericDmar", dmar_map, { { NULL, NULL } } },
	{ "iommu", "IommuDmar", iommu_map, { { NULL, NULL } } },
	{ "ccix", "CcixPer", ccix_map, { { "ccixPERLog", NULL } } },
	{ "nvidia", "Nvidia", nvidia_map, { { "registers", nvidia_register_map } } },
	CXL_EVENT("cxl_media"),
	CXL_EVENT("cxl_dram"),
	CXL_EVENT("cxl_module"),
	CXL_EVENT("cxl_pswitch"),
	CXL_EVENT("cxl_vswitch"),
	CXL_EVENT("cxl_mld"),
	{ "fw", "Firmware", firmware_map, { { NULL, NULL } } },
	{ "cxl_prot", "CxlProtocol", cxl_map, { { "cxlDVSEC", NULL }, { "cxlErrorLog", NULL } } },
};

uint8_t libcper_arm_type(uint8_t type)
{
	static const uint8_t old[] = { CPER_ARM_TYPE_CACHE, CPER_ARM_TYPE_TLB, 0,
				       CPER_ARM_TYPE_MICROARCH };

	return type < sizeof(old) && old[type] ? old[type] : type;
}

const char *libcper_arm_information(uint8_t type)
{
	type = libcper_arm_type(type);
	return type & CPER_ARM_TYPE_MICROARCH ? NULL :
	       type & CPER_ARM_TYPE_CACHE     ? "cacheError" :
	       type & CPER_ARM_TYPE_TLB	      ? "tlbError" :
	       type & CPER_ARM_TYPE_BUS	      ? "busError" :
						NULL;
}

const char *const libcper_arm_types[] = {
	"Cache Error", "TLB Error", "Bus Error", "Micro-Architectural Error", NULL,
};

const char *const libcper_status_flags[] = {
	"addressSignal",       "controlSignal", "dataSignal",	       "detectedByResponder",
	"detectedByRequester", "firstError",	"overflowDroppedLogs", NULL,
};

const char *const libcper_section_flags[] = {
	"primary",
	"containmentWarning",
	"reset",
	"errorThresholdExceeded",
	"resourceNotAccessible",
	"latentError",
	"propagated",
	"overflow",
	NULL,
};

const char *libcper_camel(const char *name, char out[48])
{
	static const char *const others[][2] = {
		{ "precise_ip", "preciseIP" },
		{ "restartable_ip", "restartableIP" },
		{ "precise_pc", "precisePC" },
		{ "restartable_pc", "restartablePC" },
		{ "timeout", "timedOut" },
		{ "first_error", "firstErrorCaptured" },
		{ "last_error", "lastErrorCaptured" },
		{ "function", "functionNumber" },
		{ "device", "deviceNumber" },
		{ "bus", "busNumber" },
		{ "segment", "segmentNumber" },
	};
	size_t n = 0;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strcmp(name, others[i][0]))
			return others[i][1];
	for (; *name && n < 47; name++)
		out[n++] = *name == '_' && name[1] ? (char)(*++name - 'a' + 'A') : *name;
	out[n] = '\0';
	return out;
}

const struct libcper_kind *libcper_kind(const char *kind)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return &kinds[i];
	return NULL;
}
