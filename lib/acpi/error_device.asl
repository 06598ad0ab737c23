/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What error_device.c has as bytes; tests/unit/test_error_device.c compiles this and compares.
 *
 * The device is ACPI 6.5, 18.3.2.7.2: a system that insists on it finds it. Nothing notifies it.
 * _OSC is asked twice: by the UUID of the platform, whose bit 4 says APEI (6.2.11.2), and by that
 * of WHEA, which has nothing to negotiate. Of the platform's bits none but APEI is granted.
 */
DefinitionBlock ("", "SSDT", 2, "RASD  ", "RASDGHES", 1)
{
	Scope (\_SB)
	{
		Device (RERR)
		{
			Name (_HID, EisaId ("PNP0C33"))
			Name (_UID, Zero)
			Name (_STA, 0x0F)
		}

		Method (_OSC, 4, NotSerialized)
		{
			CreateDWordField (Arg3, Zero, CDW1)
			If (LEqual (Arg0, ToUUID ("0811b06e-4a27-44f9-8d60-3cbbc22e7b48")))
			{
				CreateDWordField (Arg3, 0x04, CDW2)
				And (CDW2, 0x10, Local0)
				If (LNotEqual (CDW2, Local0))
				{
					Or (CDW1, 0x10, CDW1)
					Store (Local0, CDW2)
				}
			}
			ElseIf (LNotEqual (Arg0, ToUUID ("ed855e0c-6c90-47bf-a62a-26de0fc5ad5c")))
			{
				Or (CDW1, 0x04, CDW1)
			}
			If (LNotEqual (Arg1, One))
			{
				Or (CDW1, 0x08, CDW1)
			}
			Return (Arg3)
		}
	}
}
