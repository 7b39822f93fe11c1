"""What is our own in the resources, described as the standard describes its own: a schema document in CSDL.

The metadata document refers to it, so a client that checks what it reads knows these names as well.
"""

from typing import Final

_STANDARD: Final = "http://redfish.dmtf.org/schemas/v1"
_EDM: Final = 'xmlns="http://docs.oasis-open.org/odata/ns/edm"'

OEM_DOCUMENT: Final = f"""\
<?xml version="1.0" encoding="UTF-8"?>
<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">
  <edmx:Reference Uri="{_STANDARD}/Resource_v1.xml">
    <edmx:Include Namespace="Resource"/>
  </edmx:Reference>
  <edmx:Reference Uri="{_STANDARD}/Task_v1.xml">
    <edmx:Include Namespace="Task.v1_1_0"/>
  </edmx:Reference>
  <edmx:DataServices>
    <Schema {_EDM} Namespace="Taskmon">
      <Action Name="Cancel" IsBound="true">
        <Parameter Name="Task" Type="Task.v1_1_0.OemActions"/>
        <Parameter Name="Reason" Type="Edm.String"/>
      </Action>
      <Action Name="Retry" IsBound="true">
        <Parameter Name="Task" Type="Task.v1_1_0.OemActions"/>
        <Parameter Name="Subtasks" Type="Taskmon.Again"/>
      </Action>
      <EnumType Name="Again">
        <Member Name="Failed"/>
        <Member Name="FailedAndCancelled"/>
      </EnumType>
      <ComplexType Name="Task" BaseType="Resource.OemObject" Abstract="true"/>
      <ComplexType Name="AggregationSource" BaseType="Resource.OemObject" Abstract="true"/>
      <ComplexType Name="EventDestination" BaseType="Resource.OemObject" Abstract="true"/>
    </Schema>
    <Schema {_EDM} Namespace="Taskmon.v1_0_0">
      <ComplexType Name="Task" BaseType="Taskmon.Task">
        <Property Name="Owner" Type="Edm.String" Nullable="false"/>
        <Property Name="Operation" Type="Edm.String" Nullable="false"/>
        <Property Name="Target" Type="Edm.String" Nullable="false"/>
        <Property Name="MessageTimes" Type="Collection(Edm.DateTimeOffset)" Nullable="false"/>
        <Property Name="RetryOf" Type="Edm.String" Nullable="false"/>
        <Property Name="RetriedBy" Type="Edm.String" Nullable="false"/>
      </ComplexType>
      <ComplexType Name="AggregationSource" BaseType="Taskmon.AggregationSource">
        <Property Name="VerifyCertificate" Type="Edm.Boolean"/>
        <Property Name="CertificateSHA256" Type="Edm.String"/>
      </ComplexType>
      <ComplexType Name="EventDestination" BaseType="Taskmon.EventDestination">
        <Property Name="Owner" Type="Edm.String" Nullable="false"/>
        <Property Name="Created" Type="Edm.DateTimeOffset" Nullable="false"/>
        <Property Name="Pending" Type="Edm.Int64" Nullable="false"/>
        <Property Name="Delivered" Type="Edm.Int64" Nullable="false"/>
        <Property Name="LastSuccess" Type="Edm.DateTimeOffset"/>
        <Property Name="LastFailure" Type="Edm.DateTimeOffset"/>
        <Property Name="LastError" Type="Edm.String" Nullable="false"/>
        <Property Name="FailedAttempts" Type="Edm.Int64" Nullable="false"/>
        <Property Name="Signed" Type="Edm.Boolean" Nullable="false"/>
        <Property Name="SuspendedReason" Type="Edm.String" Nullable="false"/>
        <Property Name="LastEventId" Type="Edm.String" Nullable="false"/>
        <Property Name="Filter" Type="Edm.String" Nullable="false"/>
        <Property Name="SigningKey" Type="Edm.String">
          <Annotation Term="OData.Permissions" EnumMember="OData.Permission/Write"/>
        </Property>
      </ComplexType>
    </Schema>
  </edmx:DataServices>
</edmx:Edmx>
"""
